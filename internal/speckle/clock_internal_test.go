package speckle

import (
	"net/http"
	"testing"
	"time"
)

// TestClockAt: a Date that was cut to whole seconds, or written at any moment
// between request and answer, is no difference; what lies beyond is.
func TestClockAt(t *testing.T) {
	at := func(text string) time.Time {
		when, err := time.Parse("15:04:05.000", text)
		if err != nil {
			t.Fatal(err)
		}
		return time.Date(2026, 3, 2, when.Hour(), when.Minute(), when.Second(), when.Nanosecond(), time.UTC)
	}
	for name, c := range map[string]struct {
		sent, answered, date string
		want                 time.Duration
	}{
		"the same second":       {"12:00:00.200", "12:00:00.300", "12:00:00.000", 0},
		"cut to the second":     {"12:00:00.900", "12:00:01.100", "12:00:00.000", 0},
		"written early":         {"12:00:00.500", "12:01:30.000", "12:00:00.000", 0},
		"written late":          {"12:00:00.500", "12:01:30.000", "12:01:30.000", 0},
		"ahead":                 {"12:00:00.000", "12:00:00.500", "12:07:00.000", 7*time.Minute - 500*time.Millisecond},
		"behind":                {"12:00:00.500", "12:00:00.600", "11:53:00.000", -(6*time.Minute + 59*time.Second + 500*time.Millisecond)},
		"ahead, and very slow":  {"12:00:00.000", "12:02:00.000", "12:07:00.000", 5 * time.Minute},
		"behind, and very slow": {"12:00:00.000", "12:02:00.000", "11:55:00.000", -(4*time.Minute + 59*time.Second)},
	} {
		header := http.Header{"Date": {at(c.date).Format(http.TimeFormat)}}
		if got := clockAt(at(c.sent), at(c.answered), header); !got.Known || got.Ahead != c.want {
			t.Errorf("%s: %+v, want %s", name, got, c.want)
		}
	}
	for _, date := range []string{"", "yesterday"} {
		if got := clockAt(at("12:00:00.000"), at("12:00:01.000"), http.Header{"Date": {date}}); got.Known {
			t.Errorf("%q: %+v", date, got)
		}
	}
}

// TestClockJoin: the least difference counts, whatever came first.
func TestClockJoin(t *testing.T) {
	var c Clock
	for _, one := range []Clock{{}, {true, -time.Hour}, {}, {true, 3 * time.Minute}, {true, 10 * time.Minute}} {
		c.Join(one)
	}
	if c != (Clock{true, 3 * time.Minute}) {
		t.Errorf("%+v", c)
	}
}

func TestClockApart(t *testing.T) {
	const ahead = "the server's clock is 2m ahead of this machine's, by the Date of its answers"
	for _, c := range []struct {
		ahead, lookback time.Duration
		want            string
	}{
		{0, 0, ""},
		{time.Minute, 0, ""},
		{-time.Minute, 5 * time.Minute, ""},
		{2 * time.Minute, 0, ahead},
		{2 * time.Minute, 5 * time.Minute, ahead + ": last_success goes by both, and lookback, 5m, has to be longer than that"},
		{-6 * time.Second, 10 * time.Second,
			"the server's clock is 6s behind this machine's, by the Date of its answers: last_success goes by both, and lookback, 10s, has to be " +
				"longer than that"},
		{-2 * time.Hour, time.Hour,
			"the server's clock is 2h behind this machine's, by the Date of its answers: that is more than lookback, 1h, so last_success leaves " +
				"out what is new"},
	} {
		if got := (Clock{true, c.ahead}).Apart(c.lookback); got != c.want {
			t.Errorf("%s, %s: %s", c.ahead, c.lookback, got)
		}
	}
}
