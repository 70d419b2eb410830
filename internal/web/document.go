package web

import (
	"cmp"
	"encoding/json"
	"net/http"
	"reflect"

	"speckle-runner/internal/store"
	"speckle-runner/internal/web/openapi"
)

// openAPI answers with the document of the API.
func (s *Server) openAPI(*http.Request) (reply[json.RawMessage], error) {
	document, err := s.document()
	if err != nil {
		return reply[json.RawMessage]{}, err
	}
	return ok(json.RawMessage(document))
}

func (s *Server) newDocument() ([]byte, error) {
	var operations []openapi.Operation
	for _, o := range s.programs {
		operations = append(operations, o.told())
	}
	return openapi.Document(openapi.API{
		Title: "Speckle runner", Version: cmp.Or(s.o.Version, "dev"), Server: cmp.Or(string(s.o.BasePath), "/"),
		Description: "What `runner serve` tells of its jobs and runs. Keys may be added to what is answered, none goes.",
		Token:       "The value of RUNNER_WEB_TOKEN. On a loopback address where that isn't set, nothing is asked for.",
		Operations:  operations, Wildcards: wildcards, Failures: failures(), Words: words, Null: map[string]bool{"OnVersion.models": true},
		Enums: map[reflect.Type][]string{
			reflect.TypeFor[store.State]():         texts(store.States()),
			reflect.TypeFor[store.Trigger]():       texts(store.Triggers()),
			reflect.TypeFor[store.DeliveryState](): texts(store.DeliveryStates()),
			reflect.TypeFor[store.TryOutcome]():    texts(store.TryOutcomes()),
			reflect.TypeFor[loopState]():           texts(loopStates()),
			reflect.TypeFor[readyState]():          texts(readyStates()),
		},
	})
}

func texts[T ~string](values []T) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = string(v)
	}
	return all
}
