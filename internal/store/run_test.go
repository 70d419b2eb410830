package store_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/store"
)

func TestRunIDsAreStableAndReadable(t *testing.T) {
	paris := time.FixedZone("Paris", 3600)
	for _, c := range []struct {
		job  string
		tick time.Time
		want string
	}{
		{"nightly-models", tick, "nightly-models-20260302T023000Z"},
		{"nightly-models", tick.In(paris), "nightly-models-20260302T023000Z"},
		{"a", tick.Add(123456789 * time.Nanosecond), "a-20260302T023000.123456Z"},
		{"a-20260302t023000z", tick, "a-20260302t023000z-20260302T023000Z"},
	} {
		id := store.RunID(c.job, c.tick)
		if id != c.want {
			t.Errorf("RunID(%s, %s) = %s, want %s", c.job, c.tick, id, c.want)
		}
		job, at, err := store.ParseRunID(id)
		if err != nil || job != c.job || !at.Equal(c.tick.Truncate(time.Microsecond)) {
			t.Errorf("ParseRunID(%s) = %s, %s, %v", id, job, at, err)
		}
	}
}

// The id of a version may have what stands between a job and its tick.
func TestRunIDsOfVersions(t *testing.T) {
	const want = "doors-20260302T023000.123000Z@ve-20260302T023000Z"
	made := tick.Add(123 * time.Millisecond)
	if id := store.VersionRunID("doors", made, "ve-20260302T023000Z"); id != want {
		t.Errorf("%s, want %s", id, want)
	}
	if job, at, err := store.ParseRunID(want); err != nil || job != "doors" || !at.Equal(made) {
		t.Errorf("%s at %s, %v", job, at, err)
	}
	for _, wrong := range []string{"doors-20260302T023000Z@", "doors-20260302T023000Z@a@b", "doors-20260302T023000Z@../a",
		"doors@ve-20260302T023000Z"} {
		if job, at, err := store.ParseRunID(wrong); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s is %s at %s, %v", wrong, job, at, err)
		}
	}
}

func FuzzParseRunID(f *testing.F) {
	f.Add("nightly-models-20260302T023000Z")
	f.Add("a-20260302T023000.000001Z")
	f.Add("-20260302T023000Z")
	f.Add("a-20260302T023000.123000Z@ve-00_01")
	f.Add("a-20260302T023000Z@")
	f.Add("a-20260302T023000Z@a@b")
	f.Fuzz(func(t *testing.T, id string) {
		job, at, err := store.ParseRunID(id)
		if err != nil {
			if strings.Contains(err.Error(), "0123456789abcdef0123456789abcdef0123456789") {
				t.Error("a token is echoed")
			}
			return
		}
		_, version, _ := strings.Cut(id, "@")
		if got := store.VersionRunID(job, at, version); got != id {
			t.Errorf("%q means %q at %s, whose id is %q", id, job, at, got)
		}
	})
}

func TestRunJSONIsTheContract(t *testing.T) {
	text, err := json.Marshal(store.Run{
		Run: "a-20260302T023000Z", Job: "a", Tick: tick, State: store.Missed, Trigger: store.Schedule,
		Files: []store.File{}, Deliveries: []store.RunDelivery{{ID: "i", Target: "t", State: store.DeliveryQueued, Attempts: 2}},
		Warnings: []string{},
	})
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"run":"a-20260302T023000Z","job":"a","tick":"2026-03-02T02:30:00Z","state":"missed","attempt":0,"trigger":"schedule","node":"",` +
		`"started_at":null,"finished_at":null,"pages":0,"records":0,"bytes":0,"files":[],` +
		`"deliveries":[{"id":"i","target":"t","state":"queued","attempts":2,"error":"","next_try":null}],"error":"","warnings":[],"tries_again_at":null}`
	if string(text) != want {
		t.Errorf("JSON\n%s\nwant\n%s", text, want)
	}
}

func TestBoundKeepsHeadAndTail(t *testing.T) {
	long := "head" + strings.Repeat("é", 60000) + "tail"
	got := store.Bound(long, 1000)
	if len(got) > 1000 || !strings.HasPrefix(got, "head") || !strings.HasSuffix(got, "tail") || !strings.Contains(got, "bytes left out") {
		t.Errorf("%d bytes: %.40q … %q", len(got), got, got[len(got)-20:])
	}
	if strings.ToValidUTF8(got, "?") != got {
		t.Error("a character was cut in two")
	}
	if store.Bound("short", 1000) != "short" {
		t.Error("a short text changed")
	}
}
