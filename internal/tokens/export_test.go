package tokens

import "time"

// SetLimit gives commands another time until the test's end.
func SetLimit(t interface{ Cleanup(func()) }, d time.Duration) {
	before := limit
	limit = d
	t.Cleanup(func() { limit = before })
}
