package jq

import (
	"slices"
	"time"

	"github.com/itchyny/gojq"
)

// timeFormat is how Speckle writes a time. $tick and $last_success are written
// the same, so that two of them are in order as text: against one of whole
// seconds, "…:00.500Z" is less than "…:00Z", and half a second would be lost.
const timeFormat = "2006-01-02T15:04:05.000Z"

func moment(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(timeFormat)
}

const momentName = "_moment"

// dates are what jq's own definitions lack: they take no fraction of a second,
// which every time of Speckle's has, and know no zone but the machine's. What
// isn't RFC 3339 goes to jq's as before.
var dates = func() []*gojq.FuncDef {
	query, err := gojq.Parse(`def fromdateiso8601: ` +
		momentName + ` // (strptime("%Y-%m-%dT%H:%M:%S%z") | mktime); def fromdate: fromdateiso8601;
def localtime: ` + localName + `; def strflocaltime($format): ` + formatName + `($format); .`)
	if err != nil {
		panic("jq definitions: " + err.Error())
	}
	return query.FuncDefs
}()

// withDates puts the definitions before a program's own.
func withDates(query *gojq.Query) *gojq.Query {
	whole := *query
	whole.FuncDefs = append(slices.Clip(dates), query.FuncDefs...)
	return &whole
}

// seconds gives the Unix time of an RFC 3339 text, a whole number where it has
// no fraction, and null for anything else.
func seconds(value any) any {
	text, is := value.(string)
	if !is {
		return nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	switch {
	case err != nil:
		return nil
	case t.Nanosecond() == 0:
		return int(t.Unix())
	}
	return float64(t.UnixMicro()) / 1e6
}
