package fake

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/graph-gophers/graphql-go"
)

// isoMilli is how JavaScript writes a time.
const isoMilli = "2006-01-02T15:04:05.000Z"

func iso(t time.Time) string { return t.UTC().Format(isoMilli) }

// parseISO reads a time as a cursor holds it.
func parseISO(text string) (time.Time, error) { return time.Parse(time.RFC3339Nano, text) }

// dateTime is Speckle's scalar of that name.
type dateTime struct{ time.Time }

// ImplementsGraphQLType ties the scalar to its name in the schema.
func (dateTime) ImplementsGraphQLType(name string) bool { return name == "DateTime" }

// UnmarshalGraphQL reads an argument.
func (d *dateTime) UnmarshalGraphQL(input any) error {
	text, ok := input.(string)
	if !ok {
		return fmt.Errorf("DateTime cannot represent %v", input)
	}
	t, err := parseISO(text)
	d.Time = t
	return err
}

// MarshalJSON writes milliseconds and Z, always.
func (d dateTime) MarshalJSON() ([]byte, error) { return []byte(`"` + iso(d.Time) + `"`), nil }

// jsonObject is Speckle's free JSON, kept as the bytes it was made of.
type jsonObject struct{ raw json.RawMessage }

// ImplementsGraphQLType ties the scalar to its name in the schema.
func (jsonObject) ImplementsGraphQLType(name string) bool { return name == "JSONObject" }

// UnmarshalGraphQL reads an argument.
func (o *jsonObject) UnmarshalGraphQL(input any) error {
	raw, err := json.Marshal(input)
	o.raw = raw
	return err
}

// MarshalJSON gives the bytes back.
func (o jsonObject) MarshalJSON() ([]byte, error) { return o.raw, nil }

// bigInt is Speckle's integer beyond 32 bits.
type bigInt int64

// ImplementsGraphQLType ties the scalar to its name in the schema.
func (bigInt) ImplementsGraphQLType(name string) bool { return name == "BigInt" }

// UnmarshalGraphQL reads an argument.
func (b *bigInt) UnmarshalGraphQL(input any) error {
	switch n := input.(type) {
	case float64:
		*b = bigInt(n)
	case int32:
		*b = bigInt(n)
	default:
		return fmt.Errorf("BigInt cannot represent %v", input)
	}
	return nil
}

// gqlID is an id as an argument.
type gqlID = graphql.ID

// now is the time of a change, as the server keeps it.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// maybe is a text argument that has a default and may be null all the same,
// for which the executor takes no pointer.
type maybe struct{ text *string }

// ImplementsGraphQLType ties it to what it is used for.
func (maybe) ImplementsGraphQLType(name string) bool { return name == "String" || name == "ServerRole" }

// UnmarshalGraphQL reads an argument.
func (m *maybe) UnmarshalGraphQL(input any) error {
	m.text = nil
	if s, ok := input.(string); ok {
		m.text = &s
	}
	return nil
}

// Nullable tells the executor that null is fine.
func (*maybe) Nullable() {}
