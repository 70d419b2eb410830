package placeholder

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// compact is how times are written where a colon can't be.
const compact = "20060102T150405Z"

// compactFine is how a tick within a second is written, as in the run's id.
const compactFine = "20060102T150405.000000Z"

// Expand puts the values in. It can't where the job has never succeeded and
// {last_success} has no default, and where a field of the for_each record is
// missing, null, a list or an object.
func (t Template) Expand(v Values, target Target) (string, error) {
	var out strings.Builder
	for _, p := range t.parts {
		if p.name == "" {
			out.WriteString(p.literal)
			continue
		}
		text, err := p.expand(v, target)
		if err != nil {
			return "", fmt.Errorf("{%s}: %w", p.written(), err)
		}
		if target == Address && p.name == each && !pastHost(out.String()) {
			return "", fmt.Errorf("{%s}: a record's value can't be in the host of an address", p.written())
		}
		out.WriteString(text)
	}
	return out.String(), nil
}

// Marked gives the path of a run with a mark for each value that its tick doesn't say: of a
// record of for_each, of a version, of the last success.
func (t Template) Marked(v Values, mark string) string {
	var out strings.Builder
	for _, p := range t.parts {
		switch p.name {
		case "":
			out.WriteString(p.literal)
		case each, version, ofModel, lastSuccess:
			out.WriteString(mark)
		default:
			text, _ := p.expand(v, Path) // the others are always there
			out.WriteString(text)
		}
	}
	return out.String()
}

func (p part) expand(v Values, target Target) (string, error) {
	switch p.name {
	case "job":
		return safe(v.Job, target), nil
	case "run":
		return safe(v.Run, target), nil
	case "tick":
		if target != Variable && v.Tick.Nanosecond() != 0 {
			return v.Tick.UTC().Format(compactFine), nil // runs by hand may share a second
		}
		return moment(v.Tick, target), nil
	case lastSuccess:
		switch {
		case !v.LastSuccess.IsZero():
			return moment(v.LastSuccess, target), nil
		case !p.fallback.IsZero():
			return moment(p.fallback, target), nil
		}
		return "", errors.New("the job has not succeeded yet: add a default, as in {last_success:2020-01-01T00:00:00Z}")
	case version, ofModel:
		id := v.Version
		if p.name == ofModel {
			id = v.Model
		}
		if id == "" {
			return "", errors.New("there is no version")
		}
		return safe(id, target), nil
	case each:
		text, err := lookUp(v.Each, p.field)
		if err != nil {
			return "", err
		}
		return safe(text, target), nil
	}
	return safe(clock(p.name, v), target), nil
}

func moment(t time.Time, target Target) string {
	if target == Variable {
		return t.UTC().Format(time.RFC3339Nano) // with a fraction only if there is one
	}
	return t.UTC().Format(compact)
}

// layouts are how the parts of the tick are written, in the job's zone.
var layouts = map[string]string{
	"date": "2006-01-02", "time": "150405", "year": "2006", "month": "01", "day": "02",
	"offset": "-0700",
}

func clock(name string, v Values) string {
	zone := v.Zone
	if zone == nil {
		zone = time.UTC
	}
	return v.Tick.In(zone).Format(layouts[name])
}

// lookUp gives the text of a field of the for_each record.
func lookUp(record map[string]any, field []string) (string, error) {
	if record == nil {
		return "", errors.New("the job has no for_each")
	}
	var value any = record
	for i, name := range field {
		members, is := value.(map[string]any)
		if !is {
			return "", fmt.Errorf("%s of the for_each record is %s, which has no fields", strings.Join(field[:i], "."), kind(value))
		}
		value, is = members[name]
		if !is {
			return "", fmt.Errorf("the for_each record has no field %s%s", strings.Join(field[:i+1], "."), listed(members))
		}
	}
	switch v := value.(type) {
	case string:
		return v, nil
	case bool, int, int64, uint64, float64, json.Number, *big.Int:
		text, err := json.Marshal(v)
		if err == nil {
			return string(text), nil
		}
	}
	return "", fmt.Errorf("%s of the for_each record is %s, not text, a number or a boolean", strings.Join(field, "."), kind(value))
}

// kind says what a value is, never the value itself.
func kind(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case string:
		return "text"
	case bool:
		return "a boolean"
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	case int, int64, uint64, json.Number, *big.Int:
		return "a number"
	case float64:
		return "no finite number"
	}
	return fmt.Sprintf("a %T", value)
}

// listed tells which fields there are.
func listed(members map[string]any) string {
	const most = 8
	var names []string
	for name := range members {
		names = append(names, cut(name))
	}
	if len(names) == 0 {
		return ": it is empty"
	}
	slices.Sort(names)
	if len(names) > most {
		names = append(names[:most:most], "…")
	}
	return ", only " + strings.Join(names, ", ")
}
