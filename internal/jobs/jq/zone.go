package jq

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/itchyny/gojq"
	"github.com/itchyny/timefmt-go"
)

// Names of what stands behind localtime and strflocaltime.
const (
	localName  = "_localtime"
	formatName = "_strflocaltime"
)

// compiled is a program's code with the zone that its run under way is in:
// gojq's own localtime knows the machine's only.
type compiled struct {
	*gojq.Code
	zone *time.Location
}

func (c *compiled) localtime(value any, _ []any) any {
	const name = "localtime"
	seconds, is := gojq.ToFloat64(value)
	if !is {
		return fmt.Errorf("%s cannot be applied to: %s", name, typed(value))
	}
	at, err := instant(seconds, c.zone)
	if err != nil {
		return fmt.Errorf("%s cannot be applied to %s: %w", name, gojq.Preview(value), err)
	}
	return []any{
		at.Year(), int(at.Month()) - 1, at.Day(), at.Hour(), at.Minute(),
		float64(at.Second()) + float64(at.Nanosecond())/1e9, int(at.Weekday()), at.YearDay() - 1,
	}
}

func (c *compiled) strflocaltime(value any, args []any) any {
	name := "strflocaltime(" + gojq.Preview(args[0]) + ")"
	format, is := args[0].(string)
	if !is {
		return fmt.Errorf("%s cannot be applied to: %s", name, typed(value))
	}
	var at time.Time
	var err error
	if seconds, is := gojq.ToFloat64(value); is {
		at, err = instant(seconds, c.zone)
	} else if parts, is := value.([]any); is {
		at, err = brokenDown(parts, c.zone)
	} else {
		return fmt.Errorf("%s cannot be applied to: %s", name, typed(value))
	}
	if err != nil {
		return fmt.Errorf("%s cannot be applied to %s: %w", name, gojq.Preview(value), err)
	}
	return timefmt.Format(at, format)
}

func typed(value any) string {
	if value == nil {
		return "null"
	}
	return gojq.TypeOf(value) + " (" + gojq.Preview(value) + ")"
}

var errRange = errors.New("number of seconds is out of range")

func instant(seconds float64, zone *time.Location) (time.Time, error) {
	whole := math.Floor(seconds)
	if !(math.MinInt64 <= whole && whole < math.MaxInt64) {
		return time.Time{}, errRange
	}
	at := time.Unix(int64(whole), int64((seconds-whole)*1e9)).In(zone)
	if whole < 0 && at.Year() > 1970 {
		return time.Time{}, errRange
	}
	return at, nil
}

// brokenDown reads a time as localtime gives it: year, month from 0, day, hour,
// minute and second. It doesn't say which half of an hour that comes twice it
// is in: that is the first, in every zone.
func brokenDown(parts []any, zone *time.Location) (time.Time, error) {
	var n [8]float64
	for i := range min(len(parts), len(n)) {
		part, is := gojq.ToFloat64(parts[i])
		if !is {
			return time.Time{}, errors.New("expected an array of 8 numbers")
		}
		if !(math.MinInt32 <= part && part <= math.MaxInt32) {
			return time.Time{}, errors.New("number is out of range")
		}
		n[i] = part
	}
	second := math.Floor(n[5])
	at := time.Date(int(n[0]), time.Month(int(n[1])+1), int(n[2]), int(n[3]), int(n[4]), int(second), int((n[5]-second)*1e9), zone)
	return firstHalf(at), nil
}

// firstHalf gives the earlier of two instants at which the clock shows the
// same: time.Date takes either, as the zone has it.
func firstHalf(at time.Time) time.Time {
	begins, _ := at.ZoneBounds()
	if begins.IsZero() {
		return at
	}
	_, now := at.Zone()
	_, before := begins.Add(-1).Zone()
	earlier := at.Add(time.Duration(now-before) * time.Second)
	if earlier.Before(begins) && before > now {
		return earlier
	}
	return at
}
