package record_test

import (
	"io"
	"strings"
	"testing"

	"speckle-runner/internal/output/record"
)

func content(t *testing.T, lines string, ignore ...string) string {
	t.Helper()
	records := record.Records{Count: -1, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(lines)), nil }}
	name, err := record.Content(t.Context(), records, ignore)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// TestContentNamesWhatCounts: order and ignored fields don't, all else does.
func TestContentNamesWhatCounts(t *testing.T) {
	t.Parallel()
	base := content(t, `{"id":"a","n":1.0,"at":{"by":"x","when":1}}`+"\n"+`{"id":"b","list":[{"k":1,"v":2}]}`+"\n")
	for name, c := range map[string]struct {
		lines  string
		ignore []string
		same   bool
	}{
		"as it is":      {`{"id":"a","n":1.0,"at":{"by":"x","when":1}}` + "\n" + `{"id":"b","list":[{"k":1,"v":2}]}` + "\n", nil, true},
		"another order": {`{"list":[{"v":2,"k":1}],"id":"b"}` + "\n" + `{"at":{"when":1,"by":"x"},"n":1.0,"id":"a"}` + "\n", nil, true},
		"another value": {`{"id":"a","n":1.0,"at":{"by":"y","when":1}}` + "\n" + `{"id":"b","list":[{"k":1,"v":2}]}` + "\n", nil, false},
		"other digits":  {`{"id":"a","n":1.00,"at":{"by":"x","when":1}}` + "\n" + `{"id":"b","list":[{"k":1,"v":2}]}` + "\n", nil, false},
		"one fewer":     {`{"id":"a","n":1.0,"at":{"by":"x","when":1}}` + "\n", nil, false},
		"one twice": {`{"id":"a","n":1.0,"at":{"by":"x","when":1}}` + "\n" +
			strings.Repeat(`{"id":"b","list":[{"k":1,"v":2}]}`+"\n", 2), nil, false},
		"a pair that cancels": {strings.Repeat(`{"id":"a","n":1.0,"at":{"by":"x","when":1}}`+"\n", 2), nil, false},
		"an order of a list":  {`{"id":"a","n":1.0,"at":{"by":"x","when":1}}` + "\n" + `{"id":"b","list":[{"k":1,"v":3}]}` + "\n", nil, false},
	} {
		if got := content(t, c.lines, c.ignore...); (got == base) != c.same {
			t.Errorf("%s: the same: %v", name, got == base)
		}
	}
	ignored := []string{"at.when", "list.v"}
	one := content(t, `{"id":"a","at":{"by":"x","when":1},"list":[{"k":1,"v":2}]}`+"\n", ignored...)
	two := content(t, `{"id":"a","at":{"by":"x","when":2},"list":[{"k":1,"v":7}]}`+"\n", ignored...)
	three := content(t, `{"id":"a","at":{"by":"y","when":2},"list":[{"k":1,"v":7}]}`+"\n", ignored...)
	if one != two || one == three {
		t.Errorf("ignored fields: %v, others: %v", one == two, one == three)
	}
	if content(t, "") == base {
		t.Error("nothing isn't something")
	}
}
