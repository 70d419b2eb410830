package web

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

const (
	usualPage = 100
	mostPage  = 1000
)

// A cursor says after what the next page begins: of which list, and its last
// entry's name. Nothing is kept for it, and it holds when that entry goes.
const (
	runCursor = "run"
	jobCursor = "job"
)

func cursorOf(list, last string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(list + " " + last))
}

// readCursor gives the name that a page ended with.
func readCursor(list, cursor string) (string, error) {
	text, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	name, is := strings.CutPrefix(string(text), list+" ")
	// What isn't written as cursorOf does may have line breaks in it.
	if err != nil || !is || name == "" || !isText(name) || cursorOf(list, name) != cursor {
		return "", badCursor(cursor)
	}
	return name, nil
}

func badCursor(cursor string) error {
	return refuse(http.StatusBadRequest, "cursor "+shown(cursor)+" is not one of this list",
		"send the one of the last answer's Next-Cursor as it is, or begin without one")
}

func readLimit(text string) (int, error) {
	if text == "" {
		return usualPage, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > mostPage {
		return 0, refuse(http.StatusBadRequest, "limit "+shown(text)+" is not possible", fmt.Sprintf("give a number from 1 to %d", mostPage))
	}
	return n, nil
}

// once refuses parameters that are given several times.
func once(given url.Values, names ...string) error {
	for _, name := range names {
		if len(given[name]) > 1 {
			return refuse(http.StatusBadRequest, name+" is given twice", "give it once; only state may be repeated")
		}
	}
	return nil
}

// nextPage says where a list goes on: the cursor by itself, and the whole address.
func nextPage(r *http.Request, cursor string) http.Header {
	next := r.URL.Query()
	next.Del("before")
	next.Set("cursor", cursor)
	return http.Header{"Next-Cursor": {cursor}, "Link": {"<" + r.URL.Path + "?" + next.Encode() + `>; rel="next"`}}
}
