package fake

import (
	"encoding/json"
	"strings"
)

// childrenArgs are what Object.children takes.
type childrenArgs struct {
	Limit   int32
	Depth   int32
	Select  *[]*string
	Cursor  *string
	Query   *[]jsonObject
	OrderBy *jsonObject
}

// chosen cuts an object's data down to the paths that were asked for; what it
// hasn't is null there.
func chosen(o object, paths *[]*string) *objectNode {
	node := newObjectNode(o)
	if paths == nil {
		return node
	}
	out := map[string]any{}
	var data map[string]any
	_ = json.Unmarshal(o.data, &data) // made here
	for _, p := range *paths {
		if p != nil {
			put(out, strings.Split(*p, "."), dig(data, *p))
		}
	}
	node.Data = &jsonObject{encode(out)}
	return node
}

func dig(data any, path string) any {
	for key := range strings.SplitSeq(path, ".") {
		object, ok := data.(map[string]any)
		if !ok {
			return nil
		}
		data = object[key]
	}
	return data
}

func put(into map[string]any, path []string, value any) {
	for _, key := range path[:len(path)-1] {
		next, ok := into[key].(map[string]any)
		if !ok {
			next = map[string]any{}
			into[key] = next
		}
		into = next
	}
	into[path[len(path)-1]] = value
}
