package graph

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// lenient takes what other software writes: a doubled name, a broken character.
var lenient = jsontext.AllowDuplicateNames(true)

var errNoObject = errors.New("it isn't an object alone")

func orNoObject(err error) error {
	if err == nil {
		return errNoObject
	}
	if err == io.EOF { //nolint:errorlint // EOF itself only: a wrapped one is a cut
		return io.ErrUnexpectedEOF
	}
	return err
}

// object is one object's members, as parts of its text.
type object struct {
	id, application, kind []byte // JSON
	facts                 [len(rootFactNames)][]byte
	properties            []byte
	level, room, system   []byte
	host, elements        []byte
	value, objects        []byte // of a proxy
}

// rootFactNames are what stands beside properties and counts as one of them.
var rootFactNames = [...]string{"category", "name", "family", "type", "units", "ifcType", "speckle_type"}

// Where some of them stand.
const (
	factCategory = iota
	factName
	factFamily
	factType
)

func parseObject(text []byte) (o object, err error) {
	err = members(text, func(name string, value []byte) error {
		if at := slices.Index(rootFactNames[:], name); at >= 0 {
			o.facts[at] = value
		}
		switch name {
		case "id":
			o.id = value
		case "applicationId":
			o.application = value
		case "speckle_type":
			o.kind = value
		case "properties":
			o.properties = value
		case "level":
			o.level = value
		case "room", "space":
			o.room = value
		case "system":
			o.system = value
		case "host", "hostId":
			o.host = value
		case "elements", "@elements":
			o.elements = value
		case "value":
			o.value = value
		case "objects":
			o.objects = value
		}
		return nil
	})
	return o, err
}

// ends are the types that are no building elements, whatever they hold.
var ends = []string{"Collection", "Proxy", "DataChunk"}

// isElement tells a door from a mesh, a folder and a material.
func (o *object) isElement() bool {
	if kindOf(o.properties) != '{' && textOf(o.facts[factCategory]) == "" {
		return false
	}
	for kind := range strings.SplitSeq(textOf(o.kind), ":") {
		if strings.HasPrefix(kind, "Objects.Geometry.") || slices.ContainsFunc(ends,
			func(end string) bool { return strings.HasSuffix(kind, end) }) {
			return false
		}
	}
	return true
}

// identity is the application id, or the object's own where there is none.
func (o *object) identity() string {
	if id := textOf(o.application); id != "" {
		return id
	}
	return textOf(o.id)
}

// name is its name, or the application id of what has none.
func (o *object) name() string { return cmp.Or(textOf(o.facts[factName]), textOf(o.application)) }

// members calls take with each member of an object, whose value is a part of
// the text.
func members(text []byte, take func(name string, value []byte) error) error {
	dec := jsontext.NewDecoder(bytes.NewBuffer(text), lenient, jsontext.AllowInvalidUTF8(true))
	if first, err := dec.ReadToken(); err != nil || first.Kind() != '{' {
		return orNoObject(err)
	}
	for dec.PeekKind() == '"' {
		token, err := dec.ReadToken()
		if err != nil {
			return err
		}
		name := token.String()
		value, err := part(dec, text)
		if err != nil {
			return err
		}
		if err := take(name, value); err != nil {
			return err
		}
	}
	if _, err := dec.ReadToken(); err != nil {
		return orNoObject(err)
	}
	if _, err := dec.ReadToken(); err != io.EOF { //nolint:errorlint // EOF itself only: a wrapped one is a cut
		return orNoObject(err)
	}
	return nil
}

// part reads a value as a part of the text that the decoder reads.
func part(dec *jsontext.Decoder, text []byte) ([]byte, error) {
	value, err := dec.ReadValue()
	if err != nil {
		return nil, err
	}
	end := int(dec.InputOffset())
	return text[end-len(value) : end : end], nil
}

// list calls take with each value of a list; of what is no list, with none.
func list(text []byte, take func(value []byte) error) error {
	if kindOf(text) != '[' {
		return nil
	}
	dec := jsontext.NewDecoder(bytes.NewBuffer(text), lenient, jsontext.AllowInvalidUTF8(true))
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != ']' {
		value, err := part(dec, text)
		if err != nil {
			return err
		}
		if err := take(value); err != nil {
			return err
		}
	}
	return nil
}

// kindOf gives the first character of a value, 0 of none.
func kindOf(value []byte) byte {
	if len(value) == 0 {
		return 0
	}
	return value[0]
}

// textOf gives the text of a JSON string, "" of anything else.
func textOf(value []byte) string {
	if kindOf(value) != '"' {
		return ""
	}
	if plain := value[1 : len(value)-1]; bytes.IndexByte(plain, '\\') < 0 {
		return strings.ToValidUTF8(string(plain), "\uFFFD")
	}
	text, _ := jsontext.AppendUnquote(nil, value) // broken characters become U+FFFD
	return string(text)
}

// referenceIn gives the id of the object that stands for a value elsewhere, ""
// when the value stands here.
func referenceIn(value []byte) (id string) {
	if kindOf(value) != '{' {
		return ""
	}
	_ = members(value, func(name string, v []byte) error { // it was whole with the object
		if name == "referencedId" {
			id = textOf(v)
		}
		return nil
	})
	return id
}

// nameIn gives the name of an object, or of a text itself.
func nameIn(value []byte) string {
	if kindOf(value) != '{' {
		return textOf(value)
	}
	o, err := parseObject(value)
	if err != nil {
		return ""
	}
	return o.name()
}
