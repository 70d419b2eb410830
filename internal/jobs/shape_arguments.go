package jobs

import (
	"strconv"
	"strings"

	"speckle-runner/internal/jobs/document"
)

// arguments are a program with its arguments, as they are handed to the system: no
// shell reads them.
type arguments struct {
	at
	list []string
}

func (w *arguments) read(r *reader, a at, _ key) {
	if a.node.Kind == document.KindText {
		r.hidden(a, document.Problem{Message: "want a list: the program and each of its arguments, since no shell reads them",
			Hint: "write it as in [vault, kv, get, -field=token, secret/speckle]"})
		return
	}
	if !r.wants(a, document.KindList) {
		return
	}
	if len(a.node.Items) == 0 {
		r.problem(a, document.Problem{Message: "is empty", Hint: "begin with the program, or remove the key"})
		return
	}
	for i, item := range a.node.Items {
		one := at{item, a.path + "[" + strconv.Itoa(i) + "]"}
		switch {
		case !r.wants(one, document.KindText):
			return
		case strings.ContainsRune(item.Text, 0):
			r.hidden(one, document.Problem{Message: "has a character that no argument can hold"})
			return
		case i == 0 && strings.TrimSpace(item.Text) == "":
			r.problem(one, document.Problem{Message: "is empty", Hint: "name the program first"})
			return
		}
		w.list = append(w.list, item.Text)
	}
	w.at = a
}

func (w *arguments) fill(key) {}

func (w *arguments) schema(key) object {
	return object{"type": "array", "items": object{"type": "string"}, "minItems": 1}
}
