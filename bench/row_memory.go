package main

const (
	memoryTarget = 36 // MB
	// flat is how much more memory an export of twice the size may take and
	// still count as the same: garbage collection has its moods.
	flat = 1.15
)

func measureMemory(l *lab) ([]line, error) {
	all, err := l.ndjson()
	if err != nil {
		return nil, err
	}
	b, err := l.bulk(2 * l.scaled(fullObjects))
	if err != nil {
		return nil, err
	}
	twice := []contestant{
		b.ours(l, "export.ndjson", checkNDJSON("export.ndjson", b.records)),
		b.oneCurl(), b.curlPages(), b.python(), b.curlJQ(),
	}
	for i := range twice {
		twice[i].expect = 2 * seconds(all[i].samples).Value
	}
	double, err := l.compete(1, twice...) // memory needs no median
	if err != nil {
		return nil, err
	}
	ours, more := megabytes(all[0].samples), megabytes(double[0].samples)
	var lines []line
	for i, rival := range all[1:] {
		one := compare("peak memory", ours, rival.name, megabytes(rival.samples)).valueAtMost(memoryTarget)
		one.Note = rival.note
		two := compare("of twice as much", more, rival.name, megabytes(double[i+1].samples)).valueAtMost(memoryTarget)
		two.Note = double[i+1].note
		lines = append(lines, one, two)
	}
	same := compare("of twice as much", more, "runner run, once as much", ours).ratioAtMost(flat, "the same")
	return append(lines, same), nil
}
