package jobs

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"time"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/jobs/placeholder"
	"speckle-runner/internal/jobs/schedule"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle/endpoint"
	"speckle-runner/internal/speckle/query"
)

// notInHash names fields that say where a job is in the file or what it is for, but not what
// it does.
var notInHash = []string{"Description", "Line", "Col", "Hash", "QueryFile", "Schedule", "written"}

// lateKeys were added after jobs had hashes: a job without them keeps the hash that it had.
var lateKeys = []string{"Elements", "Summarize", "OnVersion", "Mail"}

// hash names what a job does: sha256 of all fields, in hex.
func (j *Job) hash() string {
	sum := sha256.Sum256(canonical(make([]byte, 0, 2048), reflect.ValueOf(j).Elem()))
	return hex.EncodeToString(sum[:])
}

// Hash names what is read, whatever placeholders stand for: sha256, in hex.
func (e *Elements) Hash() string {
	sum := sha256.Sum256(canonical(nil, reflect.ValueOf(e).Elem()))
	return hex.EncodeToString(sum[:])
}

// QueryHash names what a job asks for: its query, or its elements.
func (j *Job) QueryHash() string {
	switch {
	case j.Elements != nil:
		return j.Elements.Hash()
	case j.Query != nil:
		return j.Query.Hash()
	default:
		return ""
	}
}

// canonical writes a value so that different values are written differently.
// Every field goes in unless notInHash names it: a new one can't be forgotten.
func canonical(b []byte, v reflect.Value) []byte {
	if text, ok := textOf(v); ok {
		return lengthed(b, text)
	}
	switch v.Kind() { //nolint:exhaustive // the rest is written as it prints
	case reflect.Pointer:
		if v.IsNil() {
			return append(b, "nil"...)
		}
		return canonical(b, v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if !slices.Contains(notInHash, name) && (!slices.Contains(lateKeys, name) || !v.Field(i).IsZero()) {
				b = append(append(b, name...), '=')
				b = append(canonical(b, v.Field(i)), ';')
			}
		}
		return b
	case reflect.Slice:
		b = strconv.AppendInt(strconv.AppendBool(b, v.IsNil()), int64(v.Len()), 10)
		for i := range v.Len() {
			b = canonical(append(b, ','), v.Index(i))
		}
		return b
	case reflect.Map: // prints by sorted keys
		return lengthed(b, fmt.Sprintf("%q", v.Interface()))
	case reflect.String:
		return lengthed(b, v.String())
	default:
		return lengthed(b, fmt.Sprint(v.Interface()))
	}
}

// lengthed writes a text with its length, so that two texts in a row can't be taken for others.
func lengthed(b []byte, text string) []byte {
	return append(append(strconv.AppendInt(b, int64(len(text)), 10), ':'), text...)
}

// textOf writes the types that are more than their fields.
func textOf(v reflect.Value) (string, bool) {
	if k := v.Kind(); k != reflect.Struct && k != reflect.Pointer {
		return "", false
	}
	switch one := v.Interface().(type) {
	case *query.Query:
		if one == nil {
			return "", false
		}
		return one.Text, true
	case *jq.Program:
		if one == nil {
			return "", false
		}
		return one.Text(), true
	case *time.Location:
		return one.String(), true
	case *value:
		return string(one.written(nil)), true
	case placeholder.Template:
		return one.Text(), true
	case endpoint.Server:
		return one.Endpoint(), true
	case secret.Source:
		text := one.Env + "\x00" + one.File // Dir is where this machine has the file
		if one.Command != "" {
			text += "\x00" + string(one.Command)
		}
		return text, true
	case schedule.Set:
		return one.String(), true
	}
	return "", false
}

// written gives the value with its placeholders as they stand.
func (v *value) written(b []byte) []byte {
	switch {
	case v.raw != nil:
		return append(b, v.raw...)
	case v.kind == document.KindText:
		return fmt.Appendf(b, "template %d:%s", len(v.text.Text()), v.text.Text())
	}
	for _, item := range v.items {
		b = append(item.written(append(b, '[')), ']')
	}
	for _, m := range v.members {
		b = append(m.value.written(fmt.Appendf(b, "{%d:%s:", len(m.name), m.name)), '}')
	}
	return b
}
