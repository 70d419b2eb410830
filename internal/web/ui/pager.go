package ui

import "strconv"

// choice is one of several, each an address of its own.
type choice struct {
	Name, URL string
	On        bool
}

// pageOf gives the bounds of a page of a list, the page that it is (the last where
// a later one was asked for), and links to the first, the last and those around it;
// none where one page has all.
func pageOf(all, size, asked int, address func(page int) string) (from, to, page int, links []choice) {
	last := max(1, (all+size-1)/size)
	page = max(1, min(asked, last))
	for n := 1; n <= last && last > 1; n++ {
		if n > 2 && n < last-1 && (n < page-2 || n > page+2) {
			continue
		}
		links = append(links, choice{strconv.Itoa(n), address(n), n == page})
	}
	from = (page - 1) * size
	return from, min(from+size, all), page, links
}
