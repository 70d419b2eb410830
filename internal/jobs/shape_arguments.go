package jobs

import (
	"strconv"
	"strings"
)

// arguments are a program with its arguments, as they are handed to the system: no
// shell reads them.
type arguments struct {
	at
	list []string
}

func (w *arguments) read(r *reader, a at, k key) {
	if a.node.kind == kindText {
		r.hidden(a, Problem{Message: "want a list: the program and each of its arguments, since no shell reads them",
			Hint: "write it as in [vault, kv, get, -field=token, secret/speckle]"})
		return
	}
	if !r.wants(a, kindList) {
		return
	}
	if len(a.node.items) == 0 {
		r.problem(a, Problem{Message: "is empty", Hint: "begin with the program, or remove the key"})
		return
	}
	for i, item := range a.node.items {
		one := at{item, a.path + "[" + strconv.Itoa(i) + "]"}
		switch {
		case !r.wants(one, kindText):
			return
		case strings.ContainsRune(item.text, 0):
			r.hidden(one, Problem{Message: "has a character that no argument can hold"})
			return
		case i == 0 && strings.TrimSpace(item.text) == "":
			r.problem(one, Problem{Message: "is empty", Hint: "name the program first"})
			return
		}
		w.list = append(w.list, item.text)
	}
	w.at = a
}

func (w *arguments) fill(key) {}

func (w *arguments) schema(key) object {
	return object{"type": "array", "items": object{"type": "string"}, "minItems": 1}
}
