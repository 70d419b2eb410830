package bundle

import (
	"context"
	"slices"
	"strings"

	"speckle-runner/internal/elements"
)

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
			total += len(names[i])
			if total > maxPathText {
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

// maxPathText bounds what the dictionary of paths may have: it is held in memory.
const maxPathText = 32 << 20

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
		least, greatest, ranged := b.cells.Range(scan.Group(), "path_index")
		for _, number := range numbers {
			ordinal := b.paths.ordinal(number)
			if ranged && (number < least || number > greatest) { // by it, groups are passed over later
				return nil, broken(cellsFile, "row group %d says that its path numbers are %d to %d, and has %d", scan.Group(), least, greatest,
					number)
			}
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
