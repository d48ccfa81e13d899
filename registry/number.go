package registry

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

const (
	maxNumberText     = 400
	maxNumberExponent = 400
)

// checkNumbers refuses numbers that are too large to calculate with: the library that checks schemas makes exact fractions of
// them, and one of 1e999999999 would take all memory or end the process.
func checkNumbers(value any) error {
	switch v := value.(type) {
	case json.Number:
		return checkNumber(string(v))
	case map[string]any:
		for _, inner := range v {
			if err := checkNumbers(inner); err != nil {
				return err
			}
		}
	case []any:
		for _, inner := range v {
			if err := checkNumbers(inner); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkNumber(text string) error {
	if len(text) > maxNumberText {
		return errors.New("a number with too many digits")
	}
	at := strings.IndexAny(text, "eE")
	if at < 0 {
		return nil
	}
	exponent, err := strconv.Atoi(text[at+1:])
	if err != nil || exponent > maxNumberExponent || exponent < -maxNumberExponent {
		return errors.New("a number with too large an exponent")
	}
	return nil
}
