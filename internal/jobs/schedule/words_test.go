package schedule

import "testing"

func TestWords(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string]string{
		"30 2 * * *": "every day at 02:30", "0 4 * * 1": "every Monday at 04:00", "0 7 * * 1-5": "Monday to Friday at 07:00",
		"0 7,13 * * mon,thu": "every Monday and every Thursday at 07:00 and 13:00", "@every 15m": "every 15 minutes", "@every 1h": "every hour",
		"@every 90s": "every 90 seconds", "@daily": "every day at 00:00", "*/10 * * * *": "every 10 minutes",
		"5 * * * *":   "every hour at 05 minutes past",
		"0 */4 * * *": "every 4 hours", "0 6 1 * *": "on the 1st of every month at 06:00",
		"0 6 1,15,22,23 * *": "on the 1st, the 15th, the 22nd and the 23rd of every month at 06:00",
		// Steps that don't divide the hour or the day aren't even, and a month may lack a day.
		"*/45 * * * *": "*/45 * * * *", "*/7 * * * *": "*/7 * * * *", "0 */5 * * *": "0 */5 * * *", "*/60 * * * *": "*/60 * * * *",
		"*/1 * * * *": "every minute", "0 */1 * * *": "every hour", "0 */24 * * *": "0 */24 * * *", "*/30 * * * *": "every 30 minutes",
		"0 9 31 * *": "on the 31st of months that have it at 09:00", "0 9 1,29 * *": "on the 1st and the 29th of months that have it at 09:00",
		"* * * * *": "every minute", "*/5 * * * 1-5": "every 5 minutes, Monday to Friday", "0 0 * * 7": "every Sunday at 00:00",
		// What would take more than a line stays as it is.
		"0 6 1 1 *": "0 6 1 1 *", "1-5 6 * * *": "1-5 6 * * *", "0 6 1 * 1": "0 6 1 * 1", "0 0 * * 1#2": "",
	} {
		parsed, problem := Parse(spec)
		if problem != nil && want == "" {
			continue
		}
		if problem != nil {
			t.Fatalf("%s: %v", spec, problem)
		}
		if got := parsed.Words(); got != want {
			t.Errorf("%s: %q, want %q", spec, got, want)
		}
	}
}
