# Generates a catalogue as XML: awk -f library.awk
BEGIN {
  print "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<library xmlns:x=\"urn:example:extra\">"
  for (i = 1; i <= 450; i++) {
    printf "  <book id=\"b%d\" shelf=\"%c%d\">\n    <title lang=\"%s\">Title %d &amp; more</title>\n", i, 65 + i % 7, i % 40, i % 3 ? "en" : "de", i * 31 % 997
    for (j = 0; j <= i % 3; j++) printf "    <author>Author %d</author>\n", (i * 17 + j * 5) % 120
    printf "    <year>%d</year><price currency=\"EUR\">%.2f</price>\n", 1900 + i * 13 % 125, i * 7 % 90 + 0.95
    if (i % 4 == 0) printf "    <x:note>On loan until day %d. <!-- ask again --></x:note>\n", i % 365
    print "  </book>"
  }
  print "</library>"
}
