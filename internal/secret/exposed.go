package secret

import "os"

// Exposed says who else on this machine may read a secret's file, and how to
// change that; "" when nobody may, or where that can't be told. It follows
// links, as the mounts of Kubernetes have them.
func (s Source) Exposed() string {
	if s.File == "" {
		return ""
	}
	info, err := os.Stat(s.path())
	if err != nil || !info.Mode().IsRegular() {
		return ""
	}
	who := readers(info)
	if who == "" {
		return ""
	}
	return s.String() + " can be read by " + who + ": chmod 600 it (Kubernetes: defaultMode: 0400; Docker: mode: 0400)"
}
