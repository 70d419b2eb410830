package main

// whole is the name that the large export's series are kept under: three rows
// read them, and to measure it is dear.
const whole = "whole"

// ndjson measures the large export once, for all rows that want it.
func (l *lab) ndjson() ([]series, error) {
	if all, ok := l.done[whole]; ok {
		return all, nil
	}
	b, err := l.bulk(l.scaled(fullObjects))
	if err != nil {
		return nil, err
	}
	ours := b.ours(l, "export.ndjson", checkNDJSON("export.ndjson", b.records))
	all, err := l.compete(l.rounds, ours, b.oneCurl(), b.curlPages(), b.python(), b.curlJQ())
	if err == nil {
		l.done[whole] = all
	}
	return all, err
}

func measureNDJSON(l *lab) ([]line, error) {
	all, err := l.ndjson()
	if err != nil {
		return nil, err
	}
	ours := seconds(all[0].samples)
	var lines []line
	for i, rival := range all[1:] {
		one := compare("NDJSON, time", ours, rival.name, seconds(rival.samples))
		one.Note = rival.note
		switch i {
		case 0:
			one = one.ratioAtMost(2, "≤ 2 ×")
		case 1:
			one = one.ratioAtMost(1, "ahead")
		case 2:
			one = one.ratioAtMost(0.1, "≤ 1/10")
		}
		lines = append(lines, one)
	}
	return lines, nil
}
