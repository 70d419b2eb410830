package preview

// most is how much is unpacked of a file: what doesn't show its first
// records within is shown as far as it goes.
const most = 8 << 20

// First reads the first n records of a file of a name and a size.
func First(f File, name string, fileSize int64, n int) (Table, error) {
	var t Table
	err := Each(f, name, fileSize, Bounds{Bytes: most, Columns: columns}, t.taker(n))
	if err != nil && len(t.Rows) == 0 {
		return Table{}, err
	}
	if err != nil { // what could be read is shown
		t.More = true
	}
	return t.Shown(), nil
}
