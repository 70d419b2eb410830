package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"speckle-runner/internal/elements/bundle/sample"
	graphs "speckle-runner/internal/elements/graph/sample"
	"speckle-runner/internal/speckle/fake"
)

// publish bundle|graph|broken|hidden|mixed MODEL [FAULT]: a new version of a model of the
// house, the small building, or the mixed one; its id goes into VERSION.
func publishVersion(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: publish bundle|graph|hidden|mixed|broken MODEL [FAULT]")
	}
	server, small := worldOf(ts).server, sample.Small()
	whole := func(dir, prefix string) (map[string]string, error) { return small.Write(dir, prefix, sample.Layout{}) }
	var id string
	switch args[0] {
	case "bundle", "hidden":
		id = server.PublishBundle(fake.HouseID, args[1], whole)
	case "mixed":
		id = server.PublishBundle(fake.HouseID, args[1], func(dir, prefix string) (map[string]string, error) {
			return sample.Mixed().Write(dir, prefix, sample.Layout{})
		})
	case "graph":
		id = server.PublishGraph(fake.HouseID, args[1], graphs.Of("Small", small))
	case "broken":
		at := slices.IndexFunc(sample.Faults(), func(f sample.Fault) bool { return f.Name == args[2] })
		if at < 0 {
			ts.Fatalf("publish: no fault %s", args[2])
		}
		id = server.PublishBundle(fake.HouseID, args[1], sample.Faults()[at].Write)
	default:
		ts.Fatalf("publish: unknown %s", args[0])
	}
	if args[0] == "hidden" {
		server.Withhold(id, -1)
	}
	ts.Setenv("VERSION", id)
}

// remessage TEXT: the message of the version that was published last is edited.
func editMessage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: remessage TEXT")
	}
	worldOf(ts).server.SetMessage(fake.HouseID, ts.Getenv("VERSION"), args[0])
}

// migrate: the version that was published last becomes a bundle, the mixed one.
func migrateVersion(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: migrate")
	}
	worldOf(ts).server.Migrate(fake.HouseID, ts.Getenv("VERSION"), sample.Mixed())
}

// publishat AGO: what is published from now on was made so long ago, all at one
// instant; TICK is that instant, and MADE as it stands in names of runs.
func publishAt(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: publishat AGO")
	}
	ago, err := time.ParseDuration(args[0])
	ts.Check(err)
	at := time.Now().Add(-ago).UTC().Truncate(time.Second).Add(123 * time.Millisecond)
	worldOf(ts).server.PublishAt(at)
	ts.Setenv("MADE", at.Format("20060102T150405.000000Z"))
	ts.Setenv("TICK", at.Format(time.RFC3339Nano))
}

// appears FILE: waits for a file that another process makes.
func awaitFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: appears FILE")
	}
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for range polls {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		<-poll.C
	}
	ts.Fatalf("%s never appeared", args[0])
}

// files KIND FILE [once]: what the storage of bundles does wrong, or files none. Without
// a fault: files asked says whether it was, and files arrived waits until it is.
func breakFiles(ts *testscript.TestScript, neg bool, args []string) {
	server := worldOf(ts).server
	switch {
	case len(args) == 1 && args[0] == "none":
		server.SetStorageFaults()
	case len(args) == 1 && args[0] == "asked":
		if (len(server.StorageRequests()) > 0) == neg {
			ts.Fatalf("the storage has seen %d requests", len(server.StorageRequests()))
		}
	case len(args) == 1 && args[0] == "arrived":
		poll := time.NewTicker(5 * time.Millisecond)
		defer poll.Stop()
		for range polls {
			if len(server.StorageRequests()) > 0 {
				return
			}
			<-poll.C
		}
		ts.Fatalf("nobody asked for a file")
	case len(args) == 2, len(args) == 3 && args[2] == "once":
		server.SetStorageFaults(fake.StorageFault{Kind: fake.StorageKind(args[0]), File: args[1], Times: len(args) - 2})
	default:
		ts.Fatalf("usage: files KIND FILE [once], files asked, files arrived, or files none")
	}
}

// signatures DIR…: no file below the folders may hold a part of an address that was given out.
func noSignature(ts *testscript.TestScript, neg bool, args []string) {
	secrets := worldOf(ts).server.Signatures()
	if neg || len(secrets) == 0 {
		ts.Fatalf("no address was given out")
	}
	const part = 20
	for _, dir := range args {
		ts.Check(filepath.WalkDir(ts.MkAbs(dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			text, err := os.ReadFile(path)
			for _, secret := range secrets {
				for at := 0; at+part <= len(secret); at += part / 4 {
					if strings.Contains(string(text), secret[at:at+part]) {
						ts.Fatalf("%s holds a part of a file's address", path)
					}
				}
			}
			return err
		}))
	}
}

// noscratch DIR: nothing that a run has put on the disk to read from is left there.
func noScratch(ts *testscript.TestScript, neg bool, args []string) {
	left, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), ".runner", "sessions", "*", "*"))
	ts.Check(err)
	if (len(left) == 0) == neg {
		ts.Fatalf("there is %q", left)
	}
}
