package jobs

import (
	"fmt"
	"strings"
	"time"

	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/jobs/placeholder"
	"speckle-runner/internal/jobs/schedule"
	"speckle-runner/internal/speckle/endpoint"
	"speckle-runner/internal/speckle/query"
)

// shared holds parsed values by their text: thousands of jobs have only few different ones.
type shared struct {
	queries   map[string]parsedQuery
	programs  map[string]parsedProgram
	schedules map[string]parsedSchedule
	sets      map[string]schedule.Set // by zone and schedules
	templates map[string]parsedTemplate
	servers   map[string]parsedServer
	zones     map[string]*time.Location
	shortest  map[string]time.Duration // by schedules and zone
}

type parsedQuery struct {
	query    *query.Query
	problems []query.Problem
	unknown  []query.Unknown
}

type parsedProgram struct {
	program *jq.Program
	problem *jq.Problem
}

type parsedSchedule struct {
	spec schedule.Spec
	err  error
}

type parsedTemplate struct {
	template placeholder.Template
	problems []placeholder.Problem
}

type parsedServer struct {
	server endpoint.Server
	err    error
}

func newShared() shared {
	return shared{
		queries: map[string]parsedQuery{}, programs: map[string]parsedProgram{}, schedules: map[string]parsedSchedule{},
		sets: map[string]schedule.Set{}, templates: map[string]parsedTemplate{}, servers: map[string]parsedServer{},
		zones: map[string]*time.Location{}, shortest: map[string]time.Duration{},
	}
}

// once gives the value for a text, which first makes where the text is new.
func once[T any](known map[string]T, text string, first func() T) T {
	value, ok := known[text]
	if !ok {
		value = first()
		known[text] = value
	}
	return value
}

func (s *shared) query(text string) parsedQuery {
	return once(s.queries, text, func() parsedQuery {
		q, problems := query.Parse(text)
		if q == nil {
			return parsedQuery{problems: problems}
		}
		return parsedQuery{q, problems, q.Unknown()}
	})
}

func (s *shared) program(text string) parsedProgram {
	return once(s.programs, text, func() parsedProgram {
		p, problem := jq.Compile(text)
		return parsedProgram{p, problem}
	})
}

func (s *shared) schedule(text string) parsedSchedule {
	return once(s.schedules, text, func() parsedSchedule {
		spec, err := schedule.Parse(text)
		return parsedSchedule{spec, err}
	})
}

func (s *shared) set(zone *time.Location, specs []schedule.Spec, texts []string) schedule.Set {
	return once(s.sets, fmt.Sprintf("%s %q", zone, texts), func() schedule.Set { return schedule.NewSet(zone, specs...) })
}

func (s *shared) template(text string) parsedTemplate {
	return once(s.templates, text, func() parsedTemplate {
		t, problems := placeholder.Parse(text)
		return parsedTemplate{t, problems}
	})
}

func (s *shared) server(text string, allowHTTP bool) parsedServer {
	name := text
	if allowHTTP {
		name = "http " + text
	}
	return once(s.servers, name, func() parsedServer {
		server, err := endpoint.Parse(text, allowHTTP)
		return parsedServer{server, err}
	})
}

// zone gives a zone, nil when there is none of that name. "Local" is one for
// the library only: it would differ from machine to machine.
func (s *shared) zone(name string) *time.Location {
	return once(s.zones, name, func() *time.Location {
		zone, err := time.LoadLocation(name)
		if err != nil || name == "" || strings.EqualFold(name, "local") {
			return nil
		}
		return zone
	})
}
