package org.trefoil.jobs.deployment;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Which treatments helped patients whose virus is like that of one patient, who stays secret. */
public final class TreatmentChoice implements Deployment {
  private static final long SEED = 20_261_005;
  private static final int MARKERS = 20;
  private static final int STRAINS = 3;
  private static final int TREATMENTS = 100;
  private static final int PATIENTS_EACH = 200;

  @Override
  public String name() {
    return "treatment-choice";
  }

  @Override
  public String question() {
    return "Which treatments helped patients like this one, whom nobody is shown?";
  }

  @Override
  public Map<String, String> parameters() {
    return Map.of("distance", "6");
  }

  @Override
  public long rows() {
    return TREATMENTS * PATIENTS_EACH;
  }

  /** Patients with a virus of one of three strains, and a patient with one of these. */
  @Override
  public void generate(Path folder, long rows) throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    int treatments = (int) Math.max(1, Math.min(TREATMENTS, rows / PATIENTS_EACH));
    int[][] strains = new int[STRAINS][MARKERS];
    for (int[] strain : strains) {
      for (int m = 0; m < MARKERS; m++) {
        strain[m] = random.nextInt(2);
      }
    }
    List<String> columns = new ArrayList<>(List.of("patient", "treatment", "effect"));
    List<String> markers = new ArrayList<>();
    for (int m = 1; m <= MARKERS; m++) {
      markers.add("m" + m);
    }
    columns.addAll(markers);
    try (SampleTable patients =
        SampleTable.create(folder.resolve("patients.csv"), columns.toArray(String[]::new))) {
      for (long i = 0; i < rows; i++) {
        int treatment = random.nextInt(treatments);
        int strain = random.nextInt(STRAINS);
        List<Object> cells = new ArrayList<>();
        cells.add(i);
        cells.add("T%03d".formatted(treatment));
        cells.add((treatment * (strain + 1)) % 100 + random.nextInt(50));
        cells.addAll(genotype(strains[strain], random));
        patients.row(cells.toArray());
      }
    }
    try (SampleTable patient =
        SampleTable.create(folder.resolve("patient.csv"), markers.toArray(String[]::new))) {
      patient.row(genotype(strains[1], random).toArray());
    }
  }

  /** One marker in ten differs from the strain. */
  private static List<Integer> genotype(int[] strain, SplittableRandom random) {
    List<Integer> markers = new ArrayList<>();
    for (int marker : strain) {
      markers.add(random.nextInt(10) == 0 ? 1 - marker : marker);
    }
    return markers;
  }

  /** For {@code spark-submit}. */
  public static void main(String[] arguments) {
    SubmittedJob.main(new TreatmentChoice(), arguments);
  }
}
