package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/output/blob/blobtest"
)

// cloudy is a storm of one job, which writes to a bucket of S3.
func cloudy(t *testing.T) (*storm, *cloud) {
	t.Helper()
	s := &storm{dir: t.TempDir(), estate: &estate{}, secrets: map[string]string{"the token": "5ec2e7-that-nobody-may-see"},
		world: &world{grown: map[string]growth{"p": small}}, jobs: []job{{kind: kind{project: "p", objects: true}, name: "object-1"}},
		purse: &purse{}}
	s.estate.dir = s.dir
	s.watcher = s.newWatcher()
	c, err := newCloud("s3", s.newWatcher(), s.known)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.gate.close)
	s.clouds = []*cloud{c}
	return s, c
}

// put puts an object as a program does.
func (c *cloud) put(t *testing.T, name, content string) error {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, c.gate.url()+"/"+c.bucket.Name+"/"+name, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(name, "told") {
		r.Header.Set("X-Amz-Meta-Told", "5ec2e7-that-nobody-may-see")
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	if err := answer.Body.Close(); err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK {
		return errors.New(answer.Status)
	}
	return nil
}

func table(tick time.Time, ids ...string) string {
	text := "id,tick\n"
	for _, id := range ids {
		text += id + "," + tick.Format(time.RFC3339) + "\n"
	}
	return text
}

// TestObjectsAreHeldAgainstTheWorld plants a violation of each kind in a bucket.
func TestObjectsAreHeldAgainstTheWorld(t *testing.T) {
	var packed bytes.Buffer
	zipper := gzip.NewWriter(&packed)
	_, err := zipper.Write([]byte("id,name\na,5ec2e7-that-nobody-may-see\nb,\n"))
	if err := errors.Join(err, zipper.Close()); err != nil {
		t.Fatal(err)
	}
	whole, more, newer := table(at(0), "a", "b"), table(at(0), "a", "b", "c"), table(at(12), "a", "b", "c")
	good := func(tick time.Time, name, content string) ledgerRun {
		r := ledgerRun{Run: "r1", Job: "object-1", Tick: tick, State: "succeeded", Finished: tick.Add(time.Second)}
		r.Files = append(r.Files, struct {
			Path   string `json:"path"`
			SHA256 string `json:"sha256"`
		}{name, hash([]byte(content))})
		return r
	}
	for name, c := range map[string]struct {
		puts  [][2]string
		runs  func(bucket string) []ledgerRun
		wrong map[string]int
	}{
		"whole":            {puts: [][2]string{{"now.csv", whole}, {"now.csv", newer}}},
		"half":             {puts: [][2]string{{"now.csv", whole[:len(whole)-3]}}, wrong: map[string]int{stale: 1}},
		"short":            {puts: [][2]string{{"now.csv", table(at(0), "a")}}, wrong: map[string]int{stale: 1}},
		"half a manifest":  {puts: [][2]string{{"now.csv.manifest.json", "{"}}, wrong: map[string]int{stale: 1}},
		"a token":          {puts: [][2]string{{"now.csv", "id,name\na,5ec2e7-that-nobody-may-see\nb,\n"}}, wrong: map[string]int{leaked: 1}},
		"a packed token":   {puts: [][2]string{{"now.csv.gz", packed.String()}}, wrong: map[string]int{leaked: 1}},
		"a token about it": {puts: [][2]string{{"told.csv", whole}}, wrong: map[string]int{leaked: 1}},
		"left over":        {puts: [][2]string{{".now.csv.runner-1-0.old", whole}}, wrong: map[string]int{stale: 1}},
		"what couldn't all be put goes back": {puts: [][2]string{{"now.csv", whole}, {"now.csv", newer}, {"now.csv", whole}},
			runs: func(bucket string) []ledgerRun { return []ledgerRun{good(at(0), bucket+"object-1/now.csv", whole)} }},
		"what another attempt couldn't put all of goes back": {puts: [][2]string{{"now.csv", more}, {"now.csv", whole}}},
		"an attempt's after its success": {puts: [][2]string{{"now.csv", more}, {"now.csv", whole}},
			runs:  func(string) []ledgerRun { return []ledgerRun{good(at(0), "beside.csv", newer)} },
			wrong: map[string]int{stale: 1}},
		"an older one over a newer one": {puts: [][2]string{{"now.csv", newer}, {"now.csv", whole}},
			runs:  func(string) []ledgerRun { return []ledgerRun{good(at(12), "beside.csv", newer)} },
			wrong: map[string]int{stale: 1}},
		"lost": {puts: [][2]string{{"other.csv", newer}},
			runs:  func(bucket string) []ledgerRun { return []ledgerRun{good(at(12), bucket+"object-1/now.csv", newer)} },
			wrong: map[string]int{lost: 1}},
		"another one in its place": {puts: [][2]string{{"now.csv", newer}},
			runs:  func(bucket string) []ledgerRun { return []ledgerRun{good(at(12), bucket+"object-1/now.csv", whole)} },
			wrong: map[string]int{lost: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			s, cloud := cloudy(t)
			beside := filepath.Join(s.estate.out(), "beside.csv")
			if err := errors.Join(os.Mkdir(s.estate.out(), 0o700), os.WriteFile(beside, []byte(newer), 0o600)); err != nil {
				t.Fatal(err)
			}
			for _, put := range c.puts {
				if err := cloud.put(t, "object-1/"+put[0], put[1]); err != nil {
					t.Fatal(err)
				}
			}
			var runs []ledgerRun
			if c.runs != nil {
				runs = c.runs(cloud.bucket.Path(""))
			}
			s.report.add(checkThere(runs, s.sum))
			s.judgeClouds(runs)
			if !maps.Equal(s.report.count, c.wrong) {
				t.Errorf("found %v", s.report.texts)
			}
		})
	}
}

// A clock that was behind wrote of a success earlier than it was.
func TestAClockThatWasBehindExcusesWhatWentBack(t *testing.T) {
	back := []withdrawal{{"now.csv", "object-1", at(12), at(20)}}
	runs := []ledgerRun{{Run: "r1", Job: "object-1", Tick: at(12), State: "succeeded", Finished: at(15)}}
	want(t, checkWithdrawn(back, runs, 0), stale)
	want(t, checkWithdrawn(back, runs, 10*time.Second))
	runs[0].State = "failed"
	want(t, checkWithdrawn(back, runs, 0))
}

// TestACloudAnswersAsItFeels puts in each mood, and looks at what came of it.
func TestACloudAnswersAsItFeels(t *testing.T) {
	for m, c := range map[mood]struct{ fails, there bool }{
		well: {false, true}, ill: {true, false}, busy: {true, false}, cutting: {true, true}, torn: {true, false},
	} {
		_, cloud := cloudy(t)
		cloud.feel(m, 2)
		if err := cloud.put(t, "object-1/first.csv", table(at(0), "a", "b")); err != nil {
			t.Errorf("mood %d, whose turn hasn't come: %v", m, err)
		}
		err := cloud.put(t, "object-1/now.csv", table(at(0), "a", "b"))
		_, there := cloud.bucket.Objects()["object-1/now.csv"]
		if (err != nil) != c.fails || there != c.there {
			t.Errorf("mood %d: there is %t, %v", m, there, err)
		}
	}
}

// TestJobsOfAllCloudsPassTheGates holds that no address leads past a gate.
func TestJobsOfAllCloudsPassTheGates(t *testing.T) {
	s, _ := cloudy(t)
	s.clouds = nil
	if err := s.openClouds(); err != nil {
		t.Fatal(err)
	}
	settings := strings.Join(s.cloudEnvironment(), "\n")
	for _, c := range s.clouds {
		defer c.gate.close()
		settings += c.shelf().settings
	}
	for _, c := range s.clouds {
		if strings.Contains(settings, c.bucket.Host()) || !strings.Contains(settings, c.gate.address) {
			t.Errorf("%s is reached past its gate", c.bucket.Scheme)
		}
	}
	if len(s.clouds) != len(blobtest.Schemes()) {
		t.Errorf("%d clouds", len(s.clouds))
	}
}
