package org.trefoil.jobs.deployment;

import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/** Five subsidiaries whose ledgers may not leave their countries, and one report for the group. */
public final class GroupReport implements Deployment {
  private static final long SEED = 20_261_002;
  private static final LocalDate FIRST = LocalDate.of(2026, 7, 1);
  private static final int DAYS = 123;
  private static final List<String> ACCOUNTS =
      List.of("energy", "maintenance", "marketing", "payroll", "rent", "sales", "travel");

  /** What a unit of a currency is worth in euros, about. */
  private static final Map<String, Double> CURRENCIES = new LinkedHashMap<>();

  static {
    CURRENCIES.put("CHF", 1.05);
    CURRENCIES.put("GBP", 1.17);
    CURRENCIES.put("JPY", 0.0061);
    CURRENCIES.put("SEK", 0.088);
    CURRENCIES.put("USD", 0.92);
  }

  @Override
  public String name() {
    return "group-report";
  }

  @Override
  public String question() {
    return "What did the group book on each account in a month, in euros?";
  }

  @Override
  public Map<String, String> parameters() {
    return Map.of("month", "2026-10-01");
  }

  /** A ledger for each currency, over four months, and the rates of those months. */
  @Override
  public void generate(Path folder, long rows) throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    for (Map.Entry<String, Double> currency : CURRENCIES.entrySet()) {
      Path file = folder.resolve("ledger-" + currency.getKey().toLowerCase(Locale.ROOT) + ".csv");
      try (SampleTable ledger =
          SampleTable.create(file, "entry", "day", "account", "currency", "amount")) {
        for (long i = 0; i < rows; i++) {
          double euros = Math.exp(3 + 4 * random.nextDouble());
          ledger.row(
              i,
              FIRST.plusDays(random.nextInt(DAYS)),
              ACCOUNTS.get(random.nextInt(ACCOUNTS.size())),
              currency.getKey(),
              "%.2f".formatted(euros / currency.getValue()));
        }
      }
    }
    try (SampleTable rates =
        SampleTable.create(folder.resolve("rates.csv"), "currency", "month", "rate")) {
      for (Map.Entry<String, Double> currency : CURRENCIES.entrySet()) {
        for (LocalDate month = FIRST;
            month.isBefore(FIRST.plusDays(DAYS));
            month = month.plusMonths(1)) {
          double rate = currency.getValue() * (0.98 + 0.04 * random.nextDouble());
          rates.row(currency.getKey(), month, "%.6f".formatted(rate));
        }
      }
    }
  }

  /** For {@code spark-submit}. */
  public static void main(String[] arguments) {
    SubmittedJob.main(new GroupReport(), arguments);
  }
}
