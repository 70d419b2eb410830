package speckle

import (
	"encoding/json"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// nullables are what a server has said of its types: for each the fields that may be
// null, and those whose lists may hold nulls.
type nullables struct {
	mu    sync.Mutex
	types map[string]mayBeNull
}

// mayBeNull are fields of one type, nil where the server doesn't say.
type mayBeNull map[string]struct{ field, element bool }

// wrapped is a type as introspection tells it, from outside.
type wrapped struct {
	Kind   string   `json:"kind"`
	OfType *wrapped `json:"ofType"`
}

// bare gives the type below NON_NULL, and whether that was there.
func (t *wrapped) bare() (*wrapped, bool) {
	if t != nil && t.Kind == "NON_NULL" {
		return t.OfType, true
	}
	return t, false
}

// typeOf reads what introspection says of a type; nil where there is none of that name.
func typeOf(data jsontext.Value) (mayBeNull, error) {
	var answer struct {
		Type *struct {
			Fields []struct {
				Name string  `json:"name"`
				Type wrapped `json:"type"`
			} `json:"fields"`
		} `json:"__type"`
	}
	if err := json.Unmarshal(data, &answer); err != nil || answer.Type == nil {
		return nil, err
	}
	fields := mayBeNull{}
	for _, f := range answer.Type.Fields {
		inner, never := f.Type.bare()
		may := fields[f.Name]
		may.field = !never && inner.Kind != ""
		if inner != nil && inner.Kind == "LIST" && inner.OfType != nil {
			_, never := inner.OfType.bare()
			may.element = !never
		}
		fields[f.Name] = may
	}
	return fields, nil
}
