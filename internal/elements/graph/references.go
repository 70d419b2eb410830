package graph

import "github.com/go-json-experiment/json/jsontext"

// reference is an object that may stand for another one, while it is read.
type reference struct {
	id          string
	isSomething bool // it says that it is something else
}

// references reads one value and notes the objects that it refers to, however deep
// that stands. It holds nothing of the value: the root of an old version may hold
// most of its building.
func references(dec *jsontext.Decoder, note func(id string)) error {
	var open []reference // the objects and lists around
	for outside := dec.StackDepth(); ; {
		token, err := dec.ReadToken()
		if err != nil {
			return err
		}
		switch token.Kind() {
		case '{', '[':
			open = append(open, reference{})
		case '}', ']':
			last := open[len(open)-1]
			open = open[:len(open)-1]
			if last.id != "" && !last.isSomething {
				note(last.id)
			}
		case '"':
			if in, length := dec.StackIndex(dec.StackDepth()); in == '{' && length%2 == 1 && len(open) > 0 {
				if err := open[len(open)-1].member(token.String(), dec); err != nil {
					return err
				}
			}
		}
		if dec.StackDepth() == outside {
			return nil
		}
	}
}

// member reads what tells a reference, behind its name.
func (r *reference) member(name string, dec *jsontext.Decoder) error {
	if dec.PeekKind() != '"' || name != "referencedId" && name != "speckle_type" {
		return nil
	}
	token, err := dec.ReadToken()
	if err != nil {
		return err
	}
	if name == "referencedId" {
		r.id = token.String()
	} else {
		r.isSomething = token.String() != "reference"
	}
	return nil
}
