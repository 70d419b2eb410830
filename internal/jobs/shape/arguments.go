package shape

import (
	"strings"

	"speckle-runner/internal/jobs/document"
)

// Arguments are a program with its arguments, as they are handed to the system: no
// shell reads them.
type Arguments struct {
	At
	List []string
}

func (w *Arguments) read(r *Reader, a At, _ Key) {
	if a.Node.Kind == document.KindText {
		r.Hidden(a, document.Problem{Message: "want a list: the program and each of its arguments, since no shell reads them",
			Hint: "write it as in [vault, kv, get, -field=token, secret/speckle]"})
		return
	}
	if !r.wants(a, document.KindList) {
		return
	}
	if len(a.Node.Items) == 0 {
		r.Problem(a, document.Problem{Message: "is empty", Hint: "begin with the program, or remove the key"})
		return
	}
	for i, item := range a.Node.Items {
		one := a.Item(i)
		switch {
		case !r.wants(one, document.KindText):
			return
		case strings.ContainsRune(item.Text, 0):
			r.Hidden(one, document.Problem{Message: "has a character that no argument can hold"})
			return
		case i == 0 && strings.TrimSpace(item.Text) == "":
			r.Problem(one, document.Problem{Message: "is empty", Hint: "name the program first"})
			return
		}
		w.List = append(w.List, item.Text)
	}
	w.At = a
}

func (w *Arguments) fill(Key) {}
