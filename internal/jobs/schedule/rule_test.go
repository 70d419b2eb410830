package schedule_test

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"
)

// ruleZone makes a zone that has no table of changes, only a rule for all
// years, as the zone data inside a Go binary has for the years to come.
func ruleZone(t testing.TB, rule string) *time.Location {
	t.Helper()
	var b bytes.Buffer
	for range 2 { // the block for 32 bits, then the one for 64
		b.WriteString("TZif3")
		b.Write(make([]byte, 15))
		for _, count := range []uint32{0, 0, 0, 0, 1, 4} { // one type, four letters
			if err := binary.Write(&b, binary.BigEndian, count); err != nil {
				t.Fatal(err)
			}
		}
		b.Write([]byte{0, 0, 0, 0, 0, 0})
		b.WriteString("LMT\x00")
	}
	b.WriteString("\n" + rule + "\n")
	z, err := time.LoadLocationFromTZData(rule, b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// TestZonesOfRules holds leap years, on whose last day time.ZoneBounds gives an
// end that is already past: to follow it is to search for ever.
func TestZonesOfRules(t *testing.T) {
	t.Parallel()
	for _, rule := range []string{
		"CET-1CEST,M3.5.0,M10.5.0/3", "EST5EDT,M3.2.0,M11.1.0", "AEST-10AEDT,M10.1.0,M4.1.0/3", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
		"IST-1GMT0,M10.5.0,M3.5.0/1", "<-04>4<-03>,M9.1.6/24,M4.1.6/24", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "<+00>0<+02>-2,M3.5.0/1,M10.5.0/3",
		"XXX-2YYY,J60/0,J300/0",
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			zone := ruleZone(t, rule)
			from := time.Date(2028, 1, 15, 0, 0, 0, 0, time.UTC).Unix()
			to := from + 380*day
			clock := walk(zone, from-4*day, to+4*day)
			if len(clock) != 3 {
				t.Fatalf("%d stretches: the rule was not read", len(clock))
			}
			for _, spec := range append([]string{"0 * * * *", "30 */2 * * *"}, specs...) {
				window(t, zone, spec, clock, from, to)
			}
		})
	}
}
