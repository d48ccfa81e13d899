package table

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

var (
	itil = schema.Roles{schema.RoleServiceDesk}
	root = schema.Roles{schema.RoleAdmin}
)

// told writes a query with brackets, so that what binds what can be seen.
func told(q Query) string {
	var alternatives, order []string
	for _, every := range q.Alternatives {
		var all []string
		for _, any := range every {
			var one []string
			for _, c := range any {
				one = append(one, fmt.Sprintf("%s %s %q", c.Path, c.Operator, c.Values))
			}
			all = append(all, "("+strings.Join(one, " or ")+")")
		}
		alternatives = append(alternatives, strings.Join(all, " and "))
	}
	for _, s := range q.Order {
		order = append(order, map[bool]string{false: " up ", true: " down "}[s.Descending]+s.Path.String())
	}
	return strings.Join(alternatives, " | ") + strings.Join(order, "")
}

func TestAnEncodedQueryIsReadAsServiceNowReadsIt(t *testing.T) {
	for query, want := range map[string]string{
		"":                      ``,
		"state=1":               `(state = ["1"])`,
		"state=1^impact=2":      `(state = ["1"]) and (impact = ["2"])`,
		"state=1^ORstate=2":     `(state = ["1"] or state = ["2"])`,
		"state=1^NQimpact=3^EQ": `(state = ["1"]) | (impact = ["3"])`,
		"state=1^impact=2^ORimpact=3^urgency=1^NQnumber=INC1": `(state = ["1"]) and (impact = ["2"] or impact = ["3"]) and (urgency = ["1"]) | (number = ["INC1"])`,
		"ORDERBYnumber": ` up number`,
		"state=1^ORDERBYDESCsys_created_on^ORDERBYnumber":               `(state = ["1"]) down sys_created_on up number`,
		"state=1^ORDERBYnumber^NQstate=2":                               `(state = ["1"]) | (state = ["2"]) up number`,
		"ORDERBYsys_updated_on,caller_id.user_name,sys_id":              ` up sys_updated_on up caller_id.user_name up sys_id`,
		"caller_id.user_name=abel.tuter":                                `(caller_id.user_name = ["abel.tuter"])`,
		"caller_idLIKEtuter":                                            `(caller_id LIKE ["tuter"])`,
		"stateIN1,2,,3":                                                 `(state IN ["1" "2" "" "3"])`,
		"stateNOT IN6,7":                                                `(state NOT IN ["6" "7"])`,
		"short_descriptionNOT LIKEcpu":                                  `(short_description NOT LIKE ["cpu"])`,
		"short_descriptionSTARTSWITHIN":                                 `(short_description STARTSWITH ["IN"])`,
		"numberENDSWITH1":                                               `(number ENDSWITH ["1"])`,
		"assignment_groupISEMPTY^cmdb_ciISNOTEMPTY":                     `(assignment_group ISEMPTY []) and (cmdb_ci ISNOTEMPTY [])`,
		"impactBETWEEN1@2":                                              `(impact BETWEEN ["1" "2"])`,
		"impact>=1^impact<=2^impact>0^impact<9":                         `(impact >= ["1"]) and (impact <= ["2"]) and (impact > ["0"]) and (impact < ["9"])`,
		"state!=":                                                       `(state != [""])`,
		"short_description=a=b!=c":                                      `(short_description = ["a=b!=c"])`,
		"short_description=a^^b^^^impact=1":                             `(short_description = ["a^b^"]) and (impact = ["1"])`,
		"sys_created_on>=2026-11-23^sys_created_on<2026-11-23 09:00:00": `(sys_created_on >= ["2026-11-23"]) and (sys_created_on < ["2026-11-23 09:00:00"])`,
		"sys_created_onBETWEENjavascript:gs.dateGenerate('2026-11-23','start')@javascript:gs.dateGenerate('2026-11-24','23:59:59')": `(sys_created_on BETWEEN ["javascript:gs.dateGenerate('2026-11-23','start')" "javascript:gs.dateGenerate('2026-11-24','23:59:59')"])`,
	} {
		q, err := Parse(Find("incident"), itil, query)
		require.NoError(t, err, query)
		require.Equal(t, want, told(q), query)
	}
}

// The queries by which Splunk's add-on for ServiceNow reads a table from where it has stopped: it begins without an id.
func TestSplunkReadsOnFromItsLastRow(t *testing.T) {
	for id, want := range map[string]string{
		"":      `(sys_updated_on = ["2026-11-23 09:00:00"]) and (sys_id > [""]) | (sys_updated_on > ["2026-11-23 09:00:00"]) and (sys_updated_on < ["2026-11-24 09:00:00"]) up sys_updated_on up sys_id`,
		"1234a": `(sys_updated_on = ["2026-11-23 09:00:00"]) and (sys_id > ["1234a"]) | (sys_updated_on > ["2026-11-23 09:00:00"]) and (sys_updated_on < ["2026-11-24 09:00:00"]) up sys_updated_on up sys_id`,
	} {
		q, err := Parse(Find("incident"), itil, "sys_updated_on=2026-11-23 09:00:00^sys_id>"+id+"^NQsys_updated_on>2026-11-23 09:00:00^sys_updated_on<2026-11-24 09:00:00^ORDERBYsys_updated_on,sys_id")
		require.NoError(t, err)
		require.Equal(t, want, told(q))
	}
	for _, query := range []string{"number<", "number<=", "number>=", "numberBETWEEN@x", "impact>", "sys_created_on>"} {
		_, err := Parse(Find("incident"), itil, query)
		require.ErrorContains(t, err, "has nothing to compare with", query)
	}
}

func TestWhatIsWrongWithAQueryIsSaid(t *testing.T) {
	for query, want := range map[string]string{
		"colour=red":              `incident has no field "colour": use one of sys_id, number, caller_id`,
		"Number=INC1":             `There is no operator in "Number=INC1"`,
		"number":                  `There is no operator in "number": write a field, one of !=, <=, >=, <, >, =, NOT IN,`,
		"numberSOUNDSLIKEx":       `There is no operator in "numberSOUNDSLIKEx"`,
		"=1":                      `incident has no field ""`,
		"^ORstate=1":              `^OR stands before the condition "state=1", and nothing stands before it.`,
		"state=1^NQORstate=1":     `^OR stands before`,
		"ORDERBYcolour":           `incident has no field "colour"`,
		"ORDERBY":                 `incident has no field ""`,
		"ORDERBYnumber,":          `incident has no field ""`,
		"ORDERBYnumber, state":    `incident has no field " state"`,
		"ORDERBYnumber,colour":    `incident has no field "colour"`,
		"ORDERBYDESCnumber,state": `ORDERBYDESC takes one field, and "number,state" is more: write each with its own ^ORDERBYDESC or ^ORDERBY.`,
		"ORDERBYnumber" + strings.Repeat(",number", MaxOrder): `The query sorts by more than 10 fields.`,
		"impact=high":                             `impact: "high" is no whole number.`,
		"impactIN1,x":                             `impact: "x" is no whole number.`,
		"impact>":                                 `impact > has nothing to compare with: give a value, or use ISEMPTY.`,
		"impactBETWEEN1":                          `BETWEEN takes two values with one @ between them: "1" has not.`,
		"impactBETWEEN1@2@3":                      `BETWEEN takes two values`,
		"stateISEMPTYnow":                         `ISEMPTY takes no value, and "now" follows it.`,
		"sys_created_on=yesterday":                `sys_created_on: "yesterday" is no point in time: write 2006-01-02 15:04:05, in UTC, or 2006-01-02 for the whole day.`,
		"sys_created_on=2026-13-01":               `is no point in time`,
		"sys_created_on>javascript:gs.daysAgo(3)": `is no point in time`,
		"caller_id>a":                             `caller_id is a reference, which is neither less nor more than another: name a field behind it, as in caller_id.sys_id.`,
		"caller_id.active=true":                   `caller_id.active can be read only with a role that reads sys_user.`,
		"caller_id.user_password=x":               `caller_id.user_password can be read only with`,
		"caller_id.nothing=x":                     `caller_id refers to sys_user, which has no field "nothing"`,
		"cmdb_ci.assigned_to.email=x":             `cmdb_ci.assigned_to.email walks more than one reference: a name may have one dot.`,
		"number.x=1":                              `incident.number is no reference, so nothing can follow its name with a dot.`,
		strings.Repeat("impact=1^", MaxTerms) + "impact=1":          `The query has more than 100 conditions.`,
		"impactIN1" + strings.Repeat(",1", MaxValues):               `The query lists more than 500 values.`,
		strings.Repeat("ORDERBYnumber^", MaxOrder) + "ORDERBYstate": `The query sorts by more than 10 fields.`,
		strings.Repeat("x", MaxQuery+1):                             `The query has 16385 bytes: at most 16384 are read.`,
		"number=\xff":                                               `The query is not valid UTF-8, or holds a NUL character.`,
		"number=\x00":                                               `The query is not valid UTF-8, or holds a NUL character.`,
	} {
		_, err := Parse(Find("incident"), itil, query)
		require.ErrorAs(t, err, new(Mistake), query)
		require.Contains(t, err.Error(), want, query)
	}
}

// A script that was taken for a text would be equal to no row, and unequal to all.
func TestNoScriptIsTakenForAValue(t *testing.T) {
	for query, want := range map[string]string{
		"caller_id=javascript:gs.getUserID()":                              `caller_id: no script is run, so send the sys_id instead of "javascript:gs.getUserID()".`,
		"state=1^caller_id!=javascript:gs.getUserID()":                     `caller_id: no script is run, so send the sys_id`,
		"caller_id=1^ORcaller_id=javascript:gs.getUserID()":                `caller_id: no script is run, so send the sys_id`,
		"caller_idINjavascript:getMyGroups()":                              `caller_id: no script is run, so send the sys_id`,
		"stateNOT IN1, javascript:gs.x()":                                  `state: no script is run, so send the value`,
		"caller_idNOT INa,javascript:getMyGroups()":                        `caller_id: no script is run, so send the sys_id`,
		"caller_idLIKEjavascript:gs.getUserName()":                         `caller_id: no script is run, so send the value instead of "javascript:gs.getUserName()".`,
		"caller_id.user_name=javascript:gs.getUserName()":                  `caller_id.user_name: no script is run, so send the value`,
		"assignment_group=javascript:getMyGroups()":                        `assignment_group: no script is run, so send the value`,
		"short_descriptionNOT LIKEjavascript:x":                            `short_description: no script is run, so send the value`,
		"numberSTARTSWITHjavascript:x":                                     `number: no script is run, so send the value`,
		"numberBETWEENa@javascript:x":                                      `number: no script is run, so send the value`,
		"impact>javascript:1+1":                                            `impact: no script is run, so send the value`,
		"sys_id=javascript:x":                                              `sys_id: no script is run, so send the value`,
		"sys_created_onNOT LIKEjavascript:gs.daysAgo(3)":                   `sys_created_on: no script is run, so send the value`,
		"sys_created_on<javascript:gs.daysAgo(3)":                          `sys_created_on: "javascript:gs.daysAgo(3)" is no point in time`,
		"sys_created_on!=javascript:gs.beginningOfToday()":                 `is no point in time`,
		"cmdb_ci.sys_created_onSTARTSWITHjavascript:gs.daysAgo(3)":         `cmdb_ci.sys_created_on`,
		"short_descriptionSTARTSWITHJavaScript^numberLIKEjavascript":       "",
		"short_descriptionLIKE javascript:x":                               "",
		"sys_created_on>=javascript:gs.dateGenerate('2026-11-23','start')": "",
	} {
		_, err := Parse(Find("incident"), root, query)
		if want == "" {
			require.NoError(t, err, query)
			continue
		}
		require.ErrorAs(t, err, new(Mistake), query)
		require.Contains(t, err.Error(), want, query)
	}
	_, err := Filter(Find("incident"), root, "caller_id", "javascript:gs.getUserID()")
	require.EqualError(t, err, `caller_id: no script is run, so send the sys_id instead of "javascript:gs.getUserID()".`)
	_, err = Filter(Find("sys_user"), root, "active", "javascript:true")
	require.EqualError(t, err, `active: no script is run, so send the value instead of "javascript:true".`)
}

func TestASecretIsNotToldByComparing(t *testing.T) {
	for _, query := range []string{"user_passwordSTARTSWITH$argon2id", "ORDERBYuser_password", "password_hash=x", "api_key_hashISEMPTY", "user_passwordISEMPTY"} {
		_, err := Parse(Find("sys_user"), root, query)
		require.ErrorAs(t, err, new(Mistake), query)
	}
	for _, name := range []string{"user_password", "password_hash", "api_key_hash"} {
		_, err := Find("sys_user").Path(name, root)
		require.ErrorAs(t, err, new(Mistake), name)
		_, err = Filter(Find("sys_user"), root, name, "x")
		require.ErrorAs(t, err, new(Mistake), name)
		_, err = Find("sys_user_has_role").Path("user."+name, root)
		require.ErrorAs(t, err, new(Mistake), name)
	}
}

func TestBooleansAreComparedForEqualityAlone(t *testing.T) {
	for query, good := range map[string]bool{
		"active=true": true, "active=1": true, "active!=FALSE": true, "activeISEMPTY": true, "active=": true, "activeINtrue,false": true,
		"active=yes": false, "active>0": false, "activeLIKEt": false, "activeBETWEENfalse@true": false,
	} {
		_, err := Parse(Find("sys_user"), root, query)
		require.Equal(t, good, err == nil, query)
	}
}

// FuzzParse: whatever is read as a query names readable fields only, has as many values as its operators take, and keeps the bounds.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "state=1^ORstate=2^NQnumber=INC0010001^ORDERBYDESCsys_created_on", "caller_id.user_nameSTARTSWITHabel^ORcaller_idISEMPTY",
		"impactBETWEEN1@3^stateNOT IN6,7^EQ", "a^^b", "^^^", "ORORDERBYNQ", "NQNQNQ", "short_description=^^^^", "numberIN", "sys_created_on>2026-11-23",
		"sys_created_on<javascript:gs.dateGenerate('2026-11-23','00:00:00')", "caller_id.user_password=x", "number.number=", "'; DROP TABLE sys_user; --",
	} {
		f.Add(seed)
	}
	takes := map[Operator]int{IsEmpty: 0, IsNotEmpty: 0, Between: 2, In: -1, NotIn: -1}
	f.Fuzz(func(t *testing.T, text string) {
		for _, table := range []*Table{Find("incident"), Find("sys_user"), Find("sn_pren_issue_registry")} {
			q, err := Parse(table, root, text)
			if err != nil {
				require.ErrorAs(t, err, new(Mistake))
				continue
			}
			terms := 0
			for _, every := range q.Alternatives {
				require.NotEmpty(t, every)
				for _, any := range every {
					require.NotEmpty(t, any)
					for _, c := range any {
						terms++
						require.False(t, c.Path.Field.Secret)
						if n, special := takes[c.Operator]; !special {
							require.Len(t, c.Values, 1)
						} else if n >= 0 {
							require.Len(t, c.Values, n)
						}
					}
				}
			}
			require.LessOrEqual(t, terms, MaxTerms)
			require.LessOrEqual(t, len(q.Order), MaxOrder)
		}
	})
}
