# The charts: what their pictures, tables and notes say. All keys begin with "chart-"; variables are filled where
# the chart is drawn, on the server or in the browser.

# All of them
chart-charts = 차트
chart-table = 표
chart-read = 값 읽기
chart-n = 레인마다 이벤트 n = { $n }개.
chart-never = { $name }: 이벤트 { $n }개 가운데 { $never }개는 끝내 오지 않았고, { $came } %가 도착했습니다.
chart-per-event = 그때까지 서버가 쓴 이벤트 수: { $lanes }.
chart-band = ⚑ { $from }~{ $to }초: { $name }.
chart-bands-more = ⚑ 외 { $n }건.
chart-flag-tab-hidden = 탭이 가려짐
chart-flag-main-thread-blocked = 페이지의 스레드가 바쁨

# Latency over time
chart-latency-over-time = 시간에 따른 지연 시간
chart-latency-over-time-unit = ms, 로그 눈금
chart-latency-over-time-none = 아직 도착한 이벤트가 없습니다.
chart-latency-over-time-note = 선 하나는 그 순간의 가장 짧은 지연 시간에서 가장 긴 지연 시간까지 이어집니다. 늦은 이벤트는 하나도 감춰지지 않습니다.
chart-latency-over-time-lost = 레인 위의 붉은 선: 끝내 오지 않은 이벤트.
chart-latency-over-time-sample = 선 하나는 그 순간의 가장 짧은 지연 시간에서 가장 긴 지연 시간까지 이어집니다. 레인마다 무작위로 고른 이벤트만 그렸으므로({ $lanes }) 늦은 이벤트가 빠졌을 수 있습니다. 분포에는 모든 이벤트가 들어 있습니다.
chart-latency-over-time-caption = 이벤트가 생긴 때에 따른 최소–최대 지연 시간(ms)과 괄호 안의 이벤트 수. ∞: 끝내 오지 않음
chart-latency-over-time-corner = 시간(초)

# The distribution
chart-cdf = 시간 안에 받은 이벤트
chart-cdf-unit = 전체 이벤트의 %, ms, 로그 눈금
chart-cdf-none = 아직 도착한 이벤트가 없습니다.
chart-cdf-caption = 해당 시간(ms) 안에 도착한 이벤트의 비율. 백분위수(ms)는 그 너머의 이벤트가 충분할 때만 보여 줍니다
chart-cdf-corner = 시간
chart-cdf-never = 오지 않음

# The histogram
chart-histogram = 지연 시간 분포
chart-histogram-unit = 레인 이벤트의 %, ms, 로그 눈금
chart-histogram-none = 아직 도착한 이벤트가 없습니다.
chart-histogram-caption = 지연 시간별 이벤트 수와 레인 안에서 차지하는 비율
chart-histogram-corner = 지연 시간

# Bytes
chart-bytes-per-event = 이벤트당 바이트
chart-bytes-per-event-unit = TCP 페이로드 B, 양방향
chart-bytes-per-event-none = 서버가 센 값이 아직 없습니다.
chart-bytes-per-event-note = 레인을 위해 오간 바이트를 그때까지 서버가 그 레인에 쓴 이벤트 수로 나눈 값입니다.
chart-bytes-per-event-approximate = { $names }: 요청이 응답을 앞질러 어림값입니다.
chart-bytes-per-event-bodies = { $names }: HTTP/2에서는 본문만 구분할 수 있으므로 합계는 하한값이고, “–”는 세지 못한 값입니다.
chart-bytes-per-event-caption = 쓰임새별 이벤트당 바이트. TLS가 더하는 바이트는 합계와 따로 적습니다
chart-bytes-per-event-corner = 레인
chart-bytes-per-event-payload = 페이로드
chart-bytes-per-event-envelope = JSON 봉투
chart-bytes-per-event-framing = 프레이밍
chart-bytes-per-event-heartbeats = 하트비트
chart-bytes-per-event-headers = 헤더
chart-bytes-per-event-setup = 연결 설정
chart-bytes-per-event-sum = 합계
chart-bytes-per-event-tls = TLS

# CPU
chart-cpu-per-event = 이벤트당 서버 CPU
chart-cpu-per-event-unit = µs, 95 % 구간
chart-cpu-per-event-none = 서버가 센 값이 아직 없습니다.
chart-cpu-per-event-note = 레인의 연결이 쓴 CPU 시간을 무작위 표본에서 추정한 값입니다.
chart-cpu-per-event-shared = 따로 알 수 없음
chart-cpu-per-event-caption = 이벤트당 CPU 시간(µs)과 95 % 구간의 절반 너비, 잰 표본 수
chart-cpu-per-event-corner = 레인
chart-cpu-per-event-value = µs
chart-cpu-per-event-error = ± µs
chart-cpu-per-event-samples = 표본 수
