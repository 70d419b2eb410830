package speckle

import (
	"github.com/go-json-experiment/json/jsontext"
)

// hidden notes how many items a page says are hidden; the last page counts, as for totalCount.
func (rd *reading) hidden(value jsontext.Value) {
	if n, is := countOf(value); is && n < endless {
		rd.stats.Hidden = n
	}
}

func (rd *reading) warnHidden(path string, hidden int64) {
	switch {
	case hidden == 1:
		rd.warnf("%s: 1 is hidden from this token (single sign-on): its owner has to sign in to the workspace again", path)
	case hidden > 1:
		rd.warnf("%s: %d are hidden from this token (single sign-on): its owner has to sign in to the workspace again", path, hidden)
	}
}
