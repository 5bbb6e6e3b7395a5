package org.trefoil.executor.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.executor.server.ExecutorConfig.HostPort;
import org.trefoil.executor.transport.InMemoryPeerLinks;
import org.trefoil.executor.transport.Interceptor;

class MetricsEndpointTest {
  private static final Path DASHBOARD = Path.of("..", "deploy", "grafana", "trefoil-executor.json");
  private static final Pattern NAME =
      Pattern.compile("\\b(?:trefoil|process|jvm|system)_[a-z_]+\\b");
  private static final Pattern LABEL = Pattern.compile("[{,]([a-z_]+)=\"");

  private QueryService service;
  private MetricsEndpoint endpoint;

  @BeforeEach
  void start() {
    service =
        new QueryService(
            InMemoryPeerLinks.three(Interceptor.NONE, Timeouts.DEFAULT.peer()).get(1),
            Limits.DEFAULT,
            Timeouts.DEFAULT);
    endpoint = MetricsEndpoint.start(service, new HostPort("127.0.0.1", 0));
  }

  @AfterEach
  void stop() {
    endpoint.close();
    service.close();
  }

  static HttpResponse<String> scrape(int port, String path)
      throws IOException, InterruptedException {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
            HttpResponse.BodyHandlers.ofString());
  }

  private static Set<String> matches(Pattern pattern, int group, String text) {
    return pattern
        .matcher(text)
        .results()
        .map(result -> result.group(group))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void tellsPrometheusWhatTheExecutorIsAt() throws Exception {
    HttpResponse<String> answer = scrape(endpoint.port(), "/metrics");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("text/plain; version=0.0.4");
    assertThat(answer.body())
        .contains("trefoil_queries_active 0.0")
        .contains("trefoil_queries_limit " + (double) Limits.DEFAULT.queries())
        .contains("trefoil_queries_ended_total{state=\"delivered\"} 0.0")
        .contains("trefoil_executor_info{mode=\"design\",party=\"1\"")
        .contains("trefoil_peers_wait_seconds_total 0.0");
    assertThat(scrape(endpoint.port(), "/").statusCode()).isEqualTo(404);
    assertThat(scrape(endpoint.port(), "/metrics/more").statusCode()).isEqualTo(404);
  }

  @Test
  void namesNobodyInLabels() throws Exception {
    assertThat(matches(LABEL, 1, scrape(endpoint.port(), "/metrics").body()))
        .isSubsetOf("state", "party", "mode", "version", "area", "id", "action", "cause", "gc");
  }

  @Test
  void dashboardAsksForMetricsThatExist() throws Exception {
    Set<String> shown = matches(NAME, 0, scrape(endpoint.port(), "/metrics").body());
    Set<String> asked = new TreeSet<>();
    for (JsonNode panel : new ObjectMapper().readTree(DASHBOARD.toFile()).get("panels")) {
      for (JsonNode target : panel.get("targets")) {
        Matcher name = NAME.matcher(target.get("expr").asText());
        assertThat(name.find()).as(target.toString()).isTrue();
        asked.addAll(matches(NAME, 0, target.get("expr").asText()));
      }
    }
    assertThat(asked).hasSizeGreaterThan(10);
    assertThat(shown).containsAll(asked);
  }

  @Test
  void refusesAnAddressThatIsTaken() {
    HostPort taken = new HostPort("127.0.0.1", endpoint.port());
    assertThatThrownBy(() -> MetricsEndpoint.start(service, taken))
        .isInstanceOfSatisfying(
            TrefoilException.class,
            e -> assertThat(e.condition()).isEqualTo(Condition.INVALID_CONFIGURATION))
        .hasMessageContaining("metrics-listen " + taken);
  }
}
