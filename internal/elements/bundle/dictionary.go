package bundle

import "slices"

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
