package output

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"

	"speckle-runner/internal/output/target"
)

// Close makes the file durable, with its copy for the latest path and its
// manifest.
func (s *Staged) Close() error {
	if s.err != nil || s.file == nil {
		return s.err
	}
	if err := s.file.Sync(); err != nil {
		return s.fail("sync", err)
	}
	if s.latest != "" {
		if err := s.copyLatest(); err != nil {
			return s.fail("copy to "+filepath.ToSlash(s.latest)+", latest of", err)
		}
	}
	err := s.file.Close()
	s.file = nil
	if err != nil {
		return s.fail("close", err)
	}
	if s.manifest != nil {
		if err := s.writeManifest(); err != nil {
			return s.fail("write the manifest of", err)
		}
	}
	if s.growth != nil {
		if err := s.writeGrowth(); err != nil {
			return s.fail("write the index of", err)
		}
	}
	s.dir.At("staged " + s.path)
	return nil
}

// copyLatest makes a second file. It is no link: who edits the latest export
// in place must not change the dated one. Linux copies inside the kernel, and
// shares the blocks where the file system can.
func (s *Staged) copyLatest() error {
	name, file, err := s.beside(entry{Target: s.latest})
	if err != nil {
		return err
	}
	s.latestStaged = name
	defer file.Close()
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	n, err := io.Copy(file, s.file)
	if err != nil {
		return err
	}
	if n != s.bytes {
		return fmt.Errorf("%d of %d bytes came back", n, s.bytes)
	}
	return file.Sync()
}

// writeManifest stages the manifest of a complete file.
func (s *Staged) writeManifest() error {
	text, err := s.manifest.Text(s.by.Run, target.Published{
		Path: s.path, Records: s.records, Bytes: s.bytes, SHA256: hex.EncodeToString(s.hash().Sum(nil)),
	})
	if err != nil {
		return err
	}
	name, file, err := s.beside(entry{Target: s.manifestTarget, Of: s.target})
	if err != nil {
		return err
	}
	s.manifestStaged = name
	defer file.Close()
	if _, err := file.Write(text); err != nil {
		return err
	}
	return file.Sync()
}

// writeGrowth stages the index of a complete file.
func (s *Staged) writeGrowth() error {
	s.growth.SHA256, s.growth.Before = hex.EncodeToString(s.hash().Sum(nil)), s.before
	text, err := json.Marshal(s.growth)
	if err != nil {
		return err
	}
	name, file, err := s.beside(entry{Target: growthPath(s.target)})
	if err != nil {
		return err
	}
	s.growthStaged = name
	defer file.Close()
	if _, err := file.Write(append(text, '\n')); err != nil {
		return err
	}
	return file.Sync()
}
