# Of the events of go test -json, prints what failing tests and builds said.
function text(  s) {
  s = $0
  if (!match(s, /"Output":"/)) return ""
  s = substr(s, RSTART + RLENGTH)
  sub(/"}$/, "", s)
  gsub(/\\n/, "", s); gsub(/\\t/, "    ", s); gsub(/\\u003c/, "<", s); gsub(/\\u003e/, ">", s); gsub(/\\u0026/, "\\&", s); gsub(/\\"/, "\"", s)
  return s
}
function field(name,  s) {
  s = $0
  if (!match(s, "\"" name "\":\"")) return ""
  s = substr(s, RSTART + RLENGTH)
  sub(/".*/, "", s)
  return s
}
!/^{/ { print; next }
{
  key = field("Package") field("ImportPath") " " field("Test")
  action = field("Action")
  if ((action == "output" || action == "build-output") && $0 !~ /"Output":"=== (RUN|PAUSE|CONT|NAME)/) said[key] = said[key] text() "\n"
  if (action == "fail" || action == "build-fail") printf "%s", said[key]
  if (action == "pass" || action == "fail" || action == "skip") delete said[key]
}
