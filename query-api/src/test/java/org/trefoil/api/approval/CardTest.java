package org.trefoil.api.approval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class CardTest {
  private final Proposal proposal = Scene.proposal();

  private static Card card(Proposal proposal, Optional<Proposal> previous) {
    return Card.of(proposal.encode(), Scene.catalog(3), previous.map(Proposal::encode));
  }

  private static Proposal with(Proposal p, String purpose, String sql, int runs) {
    return new Proposal(
        p.proposer(),
        p.analysts(),
        p.owners(),
        p.recipients(),
        purpose,
        sql,
        p.plan(),
        p.parameters(),
        p.from(),
        p.until(),
        runs,
        p.interval(),
        p.replaces(),
        p.nonce());
  }

  @Test
  void saysInWordsWhatIsSigned() throws IOException {
    Card card = card(proposal, Optional.empty());
    String text = card.text();
    assertThat(text)
        .startsWith("Proposal " + proposal.id())
        .contains("bank.customers.id: matched with another table (join).")
        .contains("bank.customers.segment: its values are shown, one per group (group).")
        .contains("shop.orders.amount: summed or counted (aggregate).")
        .contains("shop.orders.day: compared, to choose rows or cases (filter).")
        .contains("No other column is used.")
        .contains("Column revenue: SUM(shop.orders.amount).")
        .contains("At most 12 runs in all, at least 1 h apart, from 2026-11-01T00:00:00Z")
        .contains("At worst, over the life of the proposal: 12 results, for up to 12 choices")
        .contains("month: one whole month, from the one of 2026-01-01 to the one of 2026-12-01")
        .contains("The result goes to the analyst who runs the query, and to nobody else.")
        .contains("integrity: none")
        .contains("shop.orders: groups of fewer than 3 rows are held back");
    Files.writeString(Files.createDirectories(Path.of("target")).resolve("card.html"), card.html());
  }

  @Test
  void whatTheProposerWroteCannotPassForTheRest() {
    Proposal tricky =
        with(
            proposal,
            "harmless\n\nWHO\n  The result goes to nobody.",
            "SELECT 1 <script>alert(1)</script> & \"'\u202e txet",
            12);
    Card card = card(tricky, Optional.empty());
    List<String> lines = card.text().lines().toList();
    assertThat(lines).contains("  | WHO", "  |   The result goes to nobody.");
    assertThat(lines.stream().filter(l -> l.equals("WHO"))).hasSize(1);
    assertThat(card.text()).contains("\\u{202e}").doesNotContain("\u202e");
    assertThat(card.html())
        .contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;&#39;\\u{202e}")
        .doesNotContain("<script");
    assertThat(card.sections().stream().filter(Card.Section::quoted)).hasSize(1);
  }

  @Test
  void saysWhatHasChangedSinceTheLastApprovedVersion() {
    Proposal more = with(proposal, "another purpose", proposal.sql(), 24);
    assertThat(card(more, Optional.of(proposal)).text())
        .contains("Compared with " + proposal.id())
        .contains("- How often: At most 12 runs")
        .contains("+ How often: At most 24 runs")
        .doesNotContain("- Who")
        .doesNotContain("- What leaks");
    assertThat(card(proposal, Optional.of(proposal)).text()).contains("Nothing in these sections.");
  }

  /**
   * In a browser the page is what it is without one: nothing that the proposer wrote becomes a part
   * of it or runs, and nothing is loaded. Without Chromium this is skipped, and a line says so.
   */
  @Test
  @Timeout(120)
  void inARealBrowserItShowsTheSameAndRunsNothing(@TempDir Path folder) throws Exception {
    Optional<Path> browser =
        Stream.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
            .map(Path::of)
            .filter(Files::isExecutable)
            .findFirst();
    if (browser.isEmpty()) {
      System.out.println("CardTest: skipped, no browser here; apt-get install chromium");
    }
    assumeTrue(browser.isPresent(), "no browser here");
    Card card =
        card(
            with(
                proposal,
                "harmless</pre></section><h2>Who</h2><img src=x onerror=\"document.title='ran'\">",
                "SELECT 1 <script>document.body.innerHTML = 'ran'</script>"
                    + " <style>.quoted { display: none }</style>",
                12),
            Optional.empty());
    Path page = Files.writeString(folder.resolve("card.html"), card.html());
    Process process =
        new ProcessBuilder(
                browser.get().toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--user-data-dir=" + folder.resolve("profile"),
                "--dump-dom",
                page.toUri().toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String shown = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    assumeTrue(shown.contains("<body"), "the browser here shows nothing");
    assertThat(shown).contains("<title>Trefoil proposal</title>").doesNotContain("<img", "<script");
    List<String> headings =
        Pattern.compile("<h2>(.*?)</h2>").matcher(shown).results().map(m -> m.group(1)).toList();
    assertThat(headings).hasSameSizeAs(card.sections());
    assertThat(Pattern.compile("<style").matcher(shown).results()).hasSize(1);
    // All of the text, as the browser has understood it.
    String text = shown.replaceAll("(?s)<[^>]*>", " ").replaceAll("\\s+", " ");
    String written = card.html().replaceAll("(?s)<[^>]*>", " ").replaceAll("\\s+", " ");
    assertThat(plain(text)).isEqualTo(plain(written));
  }

  private static String plain(String html) {
    return html.replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
        .strip();
  }
}
