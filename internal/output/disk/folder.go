package disk

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
)

// folders are those that somebody publishes in. Each is open once for all who do: a file
// in it is reached without the way from the top, which is a call to the system for each
// folder on it, and one more to close it.
type folders struct {
	mu   sync.Mutex
	open map[string]*folder
}

// folder is an open one. Whatever its path leads to later, it stays what it was:
// so a rename asks first whether it still lies there.
type folder struct {
	root  *os.Root
	self  *os.File // to flush it
	info  os.FileInfo
	users int // those who work in it, and calls under way
	gone  bool
}

// Enter keeps a folder open until leave is called, once. leave is nil for a folder that
// isn't there, and on Windows, where nobody could rename it meanwhile.
func (d *Dir) Enter(name string) (leave func()) {
	if name == "." || runtime.GOOS == "windows" {
		return nil
	}
	info, err := d.Root.Stat(name)
	if err != nil || !info.IsDir() {
		return nil
	}
	f := d.folders.join(name, info)
	if f == nil {
		f = d.openFolder(name)
	}
	if f == nil {
		return nil
	}
	return func() { d.folders.leave(name, f) }
}

// openFolder opens a folder, for all who come after.
func (d *Dir) openFolder(name string) *folder {
	root, err := d.Root.OpenRoot(name)
	if err != nil {
		return nil
	}
	self, err := root.OpenFile(".", os.O_RDONLY|Unpolled, 0)
	if err != nil {
		_ = root.Close() // of no use
		return nil
	}
	f := &folder{root: root, self: self, users: 1}
	if f.info, err = self.Stat(); err != nil {
		f.close()
		return nil
	}
	if before := d.folders.join(name, f.info); before != nil {
		f.close() // somebody else was faster
		return before
	}
	return d.folders.add(name, f)
}

// close lets it go. Nothing was written through what it closes.
func (f *folder) close() {
	_ = f.self.Close()
	_ = f.root.Close()
}

// join gives the open folder of a name if it is the one that lies there.
func (f *folders) join(name string, there os.FileInfo) *folder {
	f.mu.Lock()
	defer f.mu.Unlock()
	open := f.open[name]
	if open == nil || !os.SameFile(open.info, there) {
		return nil
	}
	open.users++
	return open
}

// add puts a folder in the place of one that lies there no more.
func (f *folders) add(name string, open *folder) *folder {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.open == nil {
		f.open = map[string]*folder{}
	}
	if before := f.open[name]; before != nil {
		before.gone = true
	}
	f.open[name] = open
	return open
}

func (f *folders) leave(name string, open *folder) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if open.users--; open.users > 0 {
		return
	}
	if !open.gone {
		delete(f.open, name)
	}
	open.close()
}

// forget has nobody reach a folder's files through it any more.
func (f *folders) forget(name string, open *folder) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !open.gone {
		open.gone = true
		delete(f.open, name)
	}
}

// held gives an open folder, nil for none. The caller leaves it.
func (f *folders) held(name string) *folder {
	f.mu.Lock()
	defer f.mu.Unlock()
	open := f.open[name]
	if open != nil {
		open.users++
	}
	return open
}

// close closes those that are kept as long as the directory is open.
func (f *folders) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for name, open := range f.open {
		open.gone = true
		delete(f.open, name)
		open.close()
	}
}

// Lstat looks at what lies at a path; a link isn't followed.
func (d *Dir) Lstat(name string) (info fs.FileInfo, err error) {
	err = d.through(name, func(root *os.Root, name string) (err error) {
		info, err = root.Lstat(name)
		return err
	})
	return info, err
}

// OpenFile opens a file. A link is followed within an open folder only: it is for files
// that are the runner's own, or new.
func (d *Dir) OpenFile(name string, flags int, mode fs.FileMode) (file *os.File, err error) {
	err = d.through(name, func(root *os.Root, name string) (err error) {
		file, err = root.OpenFile(name, flags|Unpolled, mode)
		return err
	})
	return file, err
}

// Link gives a file a second name in its folder.
func (d *Dir) Link(from, to string) error { return d.within(from, to, (*os.Root).Link) }

// through reaches a file by the folder above it, where that is open.
func (d *Dir) through(name string, do func(root *os.Root, name string) error) error {
	dir := filepath.Dir(name)
	f := d.folders.held(dir)
	if f == nil {
		return do(d.Root, name)
	}
	defer d.folders.leave(dir, f)
	return do(f.root, filepath.Base(name))
}

// within does something with two names of a folder: by the open one only if that is
// still where its path leads.
func (d *Dir) within(from, to string, do func(root *os.Root, from, to string) error) error {
	dir := filepath.Dir(from)
	if dir != filepath.Dir(to) {
		return do(d.Root, from, to)
	}
	f := d.folders.held(dir)
	if f == nil {
		return do(d.Root, from, to)
	}
	defer d.folders.leave(dir, f)
	if there, err := d.Root.Stat(dir); err != nil || !os.SameFile(f.info, there) {
		d.folders.forget(dir, f)
		return do(d.Root, from, to)
	}
	return do(f.root, filepath.Base(from), filepath.Base(to))
}

// flush makes a folder's entries durable.
func (d *Dir) flush(name string) error {
	if f := d.folders.held(name); f != nil {
		defer d.folders.leave(name, f)
		return f.self.Sync()
	}
	self, err := d.Root.OpenFile(name, os.O_RDONLY|Unpolled, 0)
	if err != nil {
		return err
	}
	defer self.Close()
	return self.Sync()
}
