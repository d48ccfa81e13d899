package schema

import "strconv"

var firstOrdinals = [...]string{"zeroth", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"}

// Ordinal is the place of n in a row, as a sentence says it. n is not negative.
func Ordinal(n int) string {
	if n < len(firstOrdinals) {
		return firstOrdinals[n]
	}
	ending := "th"
	if n/10%10 != 1 {
		switch n % 10 {
		case 1:
			ending = "st"
		case 2:
			ending = "nd"
		case 3:
			ending = "rd"
		}
	}
	return strconv.Itoa(n) + ending
}
