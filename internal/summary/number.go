package summary

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

const maxDouble = math.MaxFloat64

// Bounds on a number: every double is within, and what isn't would take memory
// to hold exactly.
const (
	maxDigits   = 800
	maxExponent = 400
	plainDigits = 40 // of an integer that is written out
)

// decimal is mantissa × 10^-scale, exact.
type decimal struct {
	mantissa big.Int
	scale    int
}

// parse reads a JSON number.
func parse(text string) (d decimal, ok bool) {
	digits, exponent := text, 0
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		var err error
		if exponent, err = strconv.Atoi(text[i+1:]); err != nil {
			return d, false
		}
		digits = text[:i]
	}
	whole, fraction, _ := strings.Cut(digits, ".")
	if len(whole)+len(fraction) > maxDigits || exponent > maxExponent || exponent < -maxExponent {
		return d, false
	}
	_, ok = d.mantissa.SetString(whole+fraction, 10)
	if !ok {
		return d, false
	}
	d.scale = len(fraction) - exponent
	if d.scale < 0 {
		d.widen(0)
	}
	return d, true
}

// widen writes the same number with a larger scale.
func (d *decimal) widen(scale int) {
	if scale <= d.scale {
		return
	}
	by := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale-d.scale)), nil)
	d.mantissa.Mul(&d.mantissa, by)
	d.scale = scale
}

func (d *decimal) add(other *decimal) {
	d.align(other)
	d.mantissa.Add(&d.mantissa, &other.mantissa)
}

func (d *decimal) compare(other *decimal) int {
	d.align(other)
	return d.mantissa.Cmp(&other.mantissa)
}

func (d *decimal) align(other *decimal) {
	d.widen(other.scale)
	other.widen(d.scale)
}

// rational gives the number over a divisor.
func (d *decimal) rational(divisor int64) *big.Rat {
	below := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d.scale)), nil)
	return new(big.Rat).SetFrac(&d.mantissa, below.Mul(below, big.NewInt(divisor)))
}

// appendRational writes a number as JSON: an integer with all its digits, the
// rest, and what is very large, as the nearest double.
func appendRational(b []byte, r *big.Rat) ([]byte, bool) {
	if r.IsInt() {
		if text := r.Num().String(); len(text) <= plainDigits {
			return append(b, text...), true
		}
	}
	nearest, _ := r.Float64()
	if nearest > maxDouble || nearest < -maxDouble {
		return b, false
	}
	if nearest == 0 {
		return append(b, '0'), true
	}
	start := len(b)
	format := byte('f')
	if size := math.Abs(nearest); size < 1e-6 || size >= 1e21 {
		format = 'e'
	}
	b = strconv.AppendFloat(b, nearest, format, -1, 64)
	if text := string(b[start:]); strings.Contains(text, "e+") {
		b = append(b[:start], strings.Replace(text, "e+", "e", 1)...)
	}
	return b, true
}
