package schedule_test

import (
	"errors"
	"testing"

	"speckle-runner/internal/jobs/schedule"
)

// What people write who have never seen cron is answered with the schedule that they mean.
func TestSchedulesInWordsAreAnsweredWithTheirFields(t *testing.T) {
	t.Parallel()
	for spoken, hint := range map[string]string{
		"every day at 6":                `write "0 6 * * *": every day at 06:00`,
		"every day at 6 pm":             `write "0 18 * * *": every day at 18:00`,
		"6am":                           `write "0 6 * * *": every day at 06:00`,
		"6 a.m.":                        `write "0 6 * * *": every day at 06:00`,
		"12 am":                         `write "0 0 * * *": every day at 00:00`,
		"06:00":                         `write "0 6 * * *": every day at 06:00`,
		"2.30":                          `write "30 2 * * *": every day at 02:30`,
		"24:00":                         `write "0 0 * * *": every day at 00:00`,
		"at 02:30":                      `write "30 2 * * *": every day at 02:30`,
		"täglich 06:00":                 `write "0 6 * * *": every day at 06:00`,
		"Jeden Tag um 6 Uhr":            `write "0 6 * * *": every day at 06:00`,
		"tous les jours à 6h":           `write "0 6 * * *": every day at 06:00`,
		"every Monday 8:00":             `write "0 8 * * 1": every Monday at 08:00`,
		"Mo-Fr 7:00":                    `write "0 7 * * 1-5": Monday to Friday at 07:00`,
		"Monday to Friday at 7":         `write "0 7 * * 1-5": Monday to Friday at 07:00`,
		"weekdays at 7:30":              `write "30 7 * * 1-5": Monday to Friday at 07:30`,
		"every tuesday and friday at 8": `write "0 8 * * 2,5": every Tuesday and every Friday at 08:00`,
		"every day at 7 and 13":         `write "0 7,13 * * *": every day at 07:00 and 13:00`,
		"on the 1st at 6:00":            `write "0 6 1 * *": on the 1st of every month at 06:00`,
		"every 15m":                     `write "@every 15m": every 15 minutes`,
		"every 15 minutes":              `write "@every 15m": every 15 minutes`,
		"alle 15 Minuten":               `write "@every 15m": every 15 minutes`,
		"every hour":                    `write "@hourly": every hour`,
		"every 6 hours":                 `write "0 */6 * * *": every 6 hours`,
		"@every 24 hours":               `write "@daily": every day at 00:00`,
		"@every day":                    `write "30 2 * * *": every day at 02:30`,
		"@weekdays":                     `write "30 2 * * 1-5": Monday to Friday at 02:30`,
		"nightly":                       `write "30 2 * * *": every day at 02:30`,
		"every morning":                 `write "0 6 * * *": every day at 06:00`,
		"every day at noon":             `write "0 12 * * *": every day at 12:00`,
		"rate(1 day)":                   `write "30 2 * * *": every day at 02:30`,
		"rate(15 minutes)":              `write "@every 15m": every 15 minutes`,
		"cron(0 2 * * ? *)":             `write "0 2 * * ?": every day at 02:00`,
	} {
		_, err := schedule.Parse(spoken)
		var problem *schedule.Error
		if !errors.As(err, &problem) || problem.Hint != hint {
			t.Errorf("%q: %v, want the hint %s", spoken, err, hint)
		}
	}
}

// A word that isn't understood may be the one that matters: no schedule is suggested then.
func TestSchedulesHalfUnderstoodAreNotAnswered(t *testing.T) {
	t.Parallel()
	for _, spoken := range []string{
		"every other day at 6", "every first monday at 8", "every 2 days", "every day except sunday at 6", "at 7:00 and 13:30", "6 or so",
		"every 15 minutes on mondays", "friday to monday at 6", "30 2", "13pm", "every day at 6 in the evening", "at sunset",
		"every", "at", "@every 1h 30m",
		"0 9 * * monday",
	} {
		_, err := schedule.Parse(spoken)
		var problem *schedule.Error
		if !errors.As(err, &problem) || problem.Message == "a schedule is five fields, and not words" {
			t.Errorf("%q: %v", spoken, err)
		}
	}
}
