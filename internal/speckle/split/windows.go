package split

// mostWindows are in use at once: one is being filled and split, one waits, of
// one the records are being taken.
const mostWindows = 3

// Windows is the memory that splits read through, one after the other.
type Windows struct {
	length int64
	short  bool // the first text fits a window that is smaller than others
	free   []window
}

// window is a part of an answer, and where its records are.
type window struct {
	buf     []byte
	records []entry
}

// entry is where in its window a record is.
type entry struct {
	from, to  uint32
	id, idEnd uint32 // both 0: it has none
	broken    uint32 // characters that were no Unicode
}

// NewWindows gives windows that suit a text of a length, -1 for an unknown one.
func NewWindows(length int64) *Windows {
	return &Windows{length: length, short: length >= 0 && length < firstWindow-roomBehind}
}

// roomBehind is for a short text's end to be seen without a larger window.
const roomBehind = 64

func (w *Windows) take() window {
	if n := len(w.free); n > 0 {
		free := w.free[n-1]
		w.free = w.free[:n-1]
		return free
	}
	if w.short {
		w.short = false
		return window{buf: make([]byte, w.length+roomBehind)}
	}
	return window{buf: make([]byte, min(max(firstWindow, w.length), steadyWindow))}
}

// put takes a window back, but for one that a huge value has made too large to
// be kept, or that was made for one short text.
func (w *Windows) put(used window) {
	if n := len(used.buf); n >= firstWindow && n <= steadyWindow && len(w.free) < mostWindows {
		w.free = append(w.free, used)
	}
}
