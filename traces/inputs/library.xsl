<?xml version="1.0"?>
<!-- Makes a page from the catalogue: authors with their books, a table of years, notes. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:x="urn:example:extra" exclude-result-prefixes="x">
  <xsl:output method="html" indent="yes"/>
  <xsl:key name="by-author" match="book" use="author"/>
  <xsl:key name="by-year" match="book" use="year"/>
  <xsl:template match="/library">
    <html>
      <body>
        <xsl:for-each select="book/author[generate-id(..) = generate-id(key('by-author', .)[1])]">
          <xsl:sort select="."/>
          <h2><xsl:value-of select="."/></h2>
          <ul>
            <xsl:apply-templates select="key('by-author', .)">
              <xsl:sort select="year" data-type="number"/>
            </xsl:apply-templates>
          </ul>
        </xsl:for-each>
        <table>
          <xsl:for-each select="book[generate-id() = generate-id(key('by-year', year)[1])]">
            <xsl:sort select="year"/>
            <tr>
              <td><xsl:value-of select="year"/></td>
              <td><xsl:value-of select="count(key('by-year', year))"/></td>
              <td><xsl:value-of select="format-number(sum(key('by-year', year)/price), '#,##0.00')"/></td>
            </tr>
          </xsl:for-each>
        </table>
        <xsl:apply-templates select="book/x:note"/>
      </body>
    </html>
  </xsl:template>
  <xsl:template match="book">
    <li id="{@id}-{generate-id()}">
      <xsl:value-of select="normalize-space(concat(title, ', ', year, ', shelf ', @shelf))"/>
      <xsl:if test="price &gt; 50"> (<xsl:value-of select="translate(price, '.', ',')"/>)</xsl:if>
    </li>
  </xsl:template>
  <xsl:template match="x:note">
    <p class="{substring-before(../@id, '0')}"><xsl:value-of select="substring-after(., 'until ')"/></p>
  </xsl:template>
</xsl:stylesheet>
