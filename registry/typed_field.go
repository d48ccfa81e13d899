package registry

// typedField is a field that belongs to the rows of one type only.
type typedField[T ~string] struct {
	name string
	of   T
}

// checkTypes reports fields that do nothing for a row of this type. noun is what the row is.
func checkTypes[T ~string](o *object, noun string, is T, fields []typedField[T]) {
	for _, field := range fields {
		if o.has(field.name) && is != "" && is != field.of {
			o.report(field.name, "is for a %s of type %s and does nothing for %s: remove it", noun, field.of, is)
		}
	}
}
