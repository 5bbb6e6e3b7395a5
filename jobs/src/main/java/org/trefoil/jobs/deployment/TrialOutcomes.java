package org.trefoil.jobs.deployment;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Three hospitals' patients of one trial: means and variances, grades by arm with a test, a linear
 * regression, survival curves with a test. What is revealed are sums and counts; the statistics are
 * made of them in the clear ({@link Statistics}).
 */
public final class TrialOutcomes implements Deployment {
  private static final List<String> HOSPITALS = List.of("north", "south", "west");

  @Override
  public String name() {
    return "trial-outcomes";
  }

  @Override
  public String question() {
    return "Does a treatment work, over the patients of three hospitals?";
  }

  @Override
  public List<String> queries() {
    return List.of("moments", "grades", "years");
  }

  @Override
  public Map<String, String> parameters() {
    return Map.of("days", "365");
  }

  /** The trial's patients, dealt to three hospitals; with more rows they come again and again. */
  @Override
  public long rows() {
    return 686;
  }

  @Override
  public void generate(Path folder, long rows) throws IOException {
    List<String> patients = patients();
    long each = Math.max(1, rows / patients.size());
    for (int h = 0; h < HOSPITALS.size(); h++) {
      try (SampleTable table =
          SampleTable.create(
              folder.resolve("patients-" + HOSPITALS.get(h) + ".csv"),
              "patient",
              "arm",
              "age",
              "size",
              "grade",
              "nodes",
              "days",
              "event")) {
        for (int i = h; i < patients.size(); i += HOSPITALS.size()) {
          String[] cells = patients.get(i).split(",");
          for (long copy = 0; copy < each; copy++) {
            // In the file: horTh,age,menostat,tsize,tgrade,pnodes,progrec,estrec,time,cens
            table.row(
                i + copy * patients.size(),
                cells[0].equals("yes") ? "hormones" : "none",
                cells[1],
                cells[3],
                cells[4],
                cells[5],
                cells[8],
                cells[9]);
          }
        }
      }
    }
  }

  @Override
  public List<Result> report(Answers answers) {
    Result moments = answers.to("moments");
    Result grades = answers.to("grades");
    Result years = answers.to("years");
    List<Result> all = new ArrayList<>();
    all.add(arms(moments));
    all.add(regression(moments));
    all.add(grades);
    Survival survival = new Survival();
    for (Row row : moments.rows()) {
      survival.arm(row.getAs("arm"), row.<Long>getAs("patients"));
    }
    for (Row row : years.rows()) {
      survival.interval(
          row.getAs("arm"),
          row.<Number>getAs("period").longValue(),
          row.<Long>getAs("patients"),
          row.<Long>getAs("events"));
    }
    all.add(curves(survival));
    all.add(tests(grades, survival));
    return all;
  }

  private static Result arms(Result moments) {
    StructType schema =
        new StructType()
            .add("arm", DataTypes.StringType)
            .add("patients", DataTypes.LongType)
            .add("measure", DataTypes.StringType)
            .add("mean", DataTypes.DoubleType)
            .add("variance", DataTypes.DoubleType);
    List<Row> rows = new ArrayList<>();
    for (Row row : moments.rows()) {
      long n = row.<Long>getAs("patients");
      for (String measure : List.of("age", "size", "nodes")) {
        long sum = row.<Long>getAs(measure);
        long squares = row.<Long>getAs(measure + "_" + measure);
        rows.add(
            RowFactory.create(
                row.getAs("arm"),
                n,
                measure,
                Statistics.mean(n, sum),
                Statistics.variance(n, sum, squares)));
      }
    }
    return new Result("arms", schema, rows);
  }

  /** Tumour size by age and nodes, over both arms, by least squares. */
  private static Result regression(Result moments) {
    String[] measures = {"age", "nodes", "size"};
    double[][] products = new double[4][4];
    for (Row row : moments.rows()) {
      products[0][0] += row.<Long>getAs("patients");
      for (int i = 0; i < 3; i++) {
        products[0][i + 1] += row.<Long>getAs(measures[i]);
        for (int j = i; j < 3; j++) {
          products[i + 1][j + 1] += row.<Long>getAs(measures[i] + "_" + measures[j]);
        }
      }
    }
    double[] coefficients = Statistics.leastSquares(products);
    StructType schema =
        new StructType().add("term", DataTypes.StringType).add("coefficient", DataTypes.DoubleType);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < coefficients.length; i++) {
      rows.add(RowFactory.create(i == 0 ? "intercept" : measures[i - 1], coefficients[i]));
    }
    return new Result("regression", schema, rows);
  }

  private static Result curves(Survival survival) {
    StructType schema =
        new StructType()
            .add("arm", DataTypes.StringType)
            .add("period", DataTypes.LongType)
            .add("at_risk", DataTypes.LongType)
            .add("events", DataTypes.LongType)
            .add("survival", DataTypes.DoubleType);
    List<Row> rows = new ArrayList<>();
    for (Survival.Point p : survival.curves()) {
      rows.add(RowFactory.create(p.arm(), p.period(), p.atRisk(), p.events(), p.survival()));
    }
    return new Result("survival", schema, rows);
  }

  private static Result tests(Result grades, Survival survival) {
    StructType schema =
        new StructType()
            .add("test", DataTypes.StringType)
            .add("statistic", DataTypes.DoubleType)
            .add("degrees_of_freedom", DataTypes.IntegerType)
            .add("p", DataTypes.DoubleType);
    List<Row> rows = new ArrayList<>();
    for (Map.Entry<String, Statistics.Test> test :
        List.of(
            Map.entry("grades by arm, chi-squared", Statistics.independence(grades.rows())),
            Map.entry("survival by arm, log-rank", survival.logRank()))) {
      Statistics.Test t = test.getValue();
      rows.add(RowFactory.create(test.getKey(), t.statistic(), t.degrees(), t.p()));
    }
    return new Result("tests", schema, rows);
  }

  private static List<String> patients() throws IOException {
    try (InputStream in = TrialOutcomes.class.getResourceAsStream("trial-outcomes/gbsg2.csv");
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(Objects.requireNonNull(in), StandardCharsets.UTF_8))) {
      return lines.lines().skip(1).filter(l -> !l.isBlank()).toList();
    }
  }

  /** For {@code spark-submit}. */
  public static void main(String[] arguments) {
    SubmittedJob.main(new TrialOutcomes(), arguments);
  }
}
