package bundle

import (
	"context"
	"slices"
	"strings"

	"speckle-runner/internal/elements"
)

// maxPathText bounds what the dictionary of paths may have: it is held in memory.
const maxPathText = 32 << 20

// dictionary is a bundle's paths, in the order of their numbers. An ordinal is
// the place of a path in it.
type dictionary struct {
	names   []string
	numbers []int32         // the first number of each name, ascending
	dense   []int32         // ordinal by number, -1 for none, where numbers are few
	sparse  map[int32]int32 // else
	facts   facts
}

// facts are the ordinals of the root facts that records have of their own, -1
// for a bundle without one.
type facts struct {
	name, category, family, kind int32
}

func (b *Bundle) readPaths(ctx context.Context, path string) error {
	f, err := open(path, pathsFile, []string{"path_index", "path"})
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it is only read
	byNumber := map[int32]string{}
	scan, total := f.Scan(nil), 0
	indexes, texts := scan.Ints("path_index"), scan.Texts("path")
	for scan.Next(ctx) {
		numbers, err := filled(f, indexes, "path_index")
		if err != nil {
			return err
		}
		names, present, err := texts.Get()
		if err != nil {
			return f.wrong(err)
		}
		for i, number := range numbers {
			switch _, twice := byNumber[number]; {
			case twice:
				return broken(pathsFile, "path number %d is there twice", number)
			case number < 0:
				return broken(pathsFile, "path number %d is below zero", number)
			case !present[i] || names[i] == "":
				return broken(pathsFile, "path number %d has no text", number)
			}
			if total += len(names[i]); total > maxPathText {
				return broken(pathsFile, "its paths have more than %d bytes, which is more than can be held", maxPathText)
			}
			byNumber[number] = strings.Clone(names[i])
		}
	}
	if err := f.ended(ctx, scan); err != nil {
		return err
	}
	b.paths.index(byNumber)
	return nil
}

// index orders the paths by number. Two numbers of one text are one path.
func (d *dictionary) index(byNumber map[int32]string) {
	numbers := make([]int32, 0, len(byNumber))
	for number := range byNumber {
		numbers = append(numbers, number)
	}
	slices.Sort(numbers)
	d.sparse = make(map[int32]int32, len(numbers))
	byName := make(map[string]int32, len(numbers))
	for _, number := range numbers {
		name := byNumber[number]
		ordinal, known := byName[name]
		if !known {
			ordinal = int32(len(d.names)) //nolint:gosec // no more than there are int32
			byName[name] = ordinal
			d.names, d.numbers = append(d.names, name), append(d.numbers, number)
		}
		d.sparse[number] = ordinal
	}
	if n := len(numbers); n > 0 && int(numbers[n-1]) < 4*n+1024 {
		d.dense = slices.Repeat([]int32{-1}, int(numbers[n-1])+1)
		for number, ordinal := range d.sparse {
			d.dense[number] = ordinal
		}
	}
	find := func(name string) int32 {
		if ordinal, ok := byName[name]; ok {
			return ordinal
		}
		return -1
	}
	d.facts = facts{name: find("name"), category: find("category"), family: find("family"), kind: find("type")}
}

// ordinal is the place of a path number, -1 for one that isn't there.
func (d *dictionary) ordinal(number int32) int32 {
	if d.dense != nil {
		if uint32(number) < uint32(len(d.dense)) { //nolint:gosec // below zero is beyond the end
			return d.dense[number]
		}
		return -1
	}
	if ordinal, ok := d.sparse[number]; ok {
		return ordinal
	}
	return -1
}

// wanted are the ordinals that want takes; nil for all.
func (d *dictionary) wanted(want func(string) bool) []bool {
	if want == nil {
		return nil
	}
	out := make([]bool, len(d.names))
	for i, name := range d.names {
		out[i] = want(name)
	}
	for _, fact := range []int32{d.facts.name, d.facts.category, d.facts.family, d.facts.kind} {
		if fact >= 0 {
			out[fact] = true
		}
	}
	return out
}

// unwanted says of a row group whether its range of path numbers has none that
// is wanted.
func (d *dictionary) unwanted(f *file, wanted []bool) func(group int) bool {
	if wanted == nil {
		return nil
	}
	var numbers []int32
	for number, ordinal := range d.sparse {
		if wanted[ordinal] {
			numbers = append(numbers, number)
		}
	}
	slices.Sort(numbers)
	return func(group int) bool {
		least, greatest, ok := f.Range(group, "path_index")
		if !ok {
			return false
		}
		at, _ := slices.BinarySearch(numbers, least)
		return at == len(numbers) || numbers[at] > greatest
	}
}

// Names gives the paths that at least one element has, by their numbers, without
// a look at any value.
func (b *Bundle) Names(ctx context.Context) ([]string, error) {
	if b.names != nil {
		return b.names, nil
	}
	has := slices.Clone(b.types.has)
	scan := b.cells.Scan(nil)
	indexes := scan.Ints("path_index")
	for scan.Next(ctx) {
		numbers, err := filled(b.cells, indexes, "path_index")
		if err != nil {
			return nil, err
		}
		for _, number := range numbers {
			ordinal := b.paths.ordinal(number)
			if ordinal < 0 {
				return nil, broken(cellsFile, "a row has path number %d, which %s lacks", number, pathsFile)
			}
			has[ordinal] = true
		}
	}
	if err := b.cells.ended(ctx, scan); err != nil {
		return nil, err
	}
	names := make([]string, 0, len(has))
	for ordinal, there := range has {
		if there {
			names = append(names, b.paths.names[ordinal])
		}
	}
	b.names = names
	return names, nil
}

// Paths gives the paths that at least one element has, with what they hold.
func (b *Bundle) Paths(ctx context.Context) ([]elements.Path, error) {
	return elements.Gather(ctx, b, nil)
}
