# The lab: what its island says. All keys begin with "lab-"; variables are filled in the browser.

# Names
lab-name-polling = 폴링
lab-name-long-polling = 롱 폴링
lab-name-sse = SSE
lab-name-websocket = WebSocket
lab-name-server-fn-polling = 서버 함수 폴링
lab-name-server-fn-long-polling = 서버 함수 롱 폴링
lab-name-server-fn-websocket = 서버 함수 WebSocket
lab-list = { ", " }
lab-list-last = { ", " }
lab-more = 자세히

# The verdict. A name is always followed by a noun, so that no particle depends on it.
lab-verdict-idle = 하나의 이벤트 로그, 브라우저로 가는 네 갈래 길. 지금 이 브라우저에서 재어 봅니다.
lab-verdict-opening = 레인을 여는 중입니다…
lab-verdict-first = 모든 레인이 같은 이벤트를 같은 순간에 받습니다. 측정을 시작했습니다.
lab-verdict-watching = 지켜보는 중입니다. 토픽에 발행된 것은 모든 레인에 나타납니다.
lab-verdict-early = 아직 판정하기 이릅니다. 필요한 { $seconds }초짜리 블록 { $need }개 가운데 { $blocks }개를 모았습니다.
lab-verdict-together = { $names } 방식은 이벤트가 생기고 { $p50 } ms 뒤에 함께 도착하며, 서로의 차이는 { $within } ms 이내입니다.
lab-verdict-ahead = { $name } 방식이 이벤트가 생기고 { $p50 } ms 뒤에 가장 먼저 도착합니다.
lab-verdict-behind = { $name } 방식은 { $by } ms 더 걸립니다.
lab-verdict-half = { $name } 방식은 { $by } ms 늦습니다. 간격 { $interval }초의 절반쯤입니다.
lab-verdict-never = { $name } 방식은 이벤트를 대부분 잃었습니다.

# What it rests on
lab-events = 이벤트 { $n }개, { $lost }
lab-events-so-far = 지금까지 이벤트 { $n }개
lab-none-lost = 유실 없음
lab-some-lost = 유실 { $n }개
lab-clock-error = 시계 오차
lab-clock-error-tip = 이 브라우저가 알고 있는 서버 시계가 실제와 다를 수 있는 정도입니다. 모든 지연 시간에 들어 있지만, 레인 사이의 차이에는 들어가지 않습니다.
lab-trip = 왕복 { $ms } ms
lab-trip-here = 왕복 { $ms } ms, 이 컴퓨터
lab-step = 타이머 눈금 { $us } µs
lab-step-isolated = 타이머 눈금 { $us } µs, 격리됨
lab-publisher = 발행 지연 { $ms } ms(p99)
lab-publisher-late = ⚠ 발행 지연 { $ms } ms(p99), 모든 지연 시간에 포함됨
lab-was-hidden = ⚠ 탭이 한동안 가려져 있어 타이머가 느려졌을 수 있음

# What happens to a run
lab-phase-idle = 멈춤
lab-phase-opening = 레인 여는 중
lab-phase-running = 실행 중
lab-phase-paused = 일시 정지
lab-phase-draining = 마지막 이벤트를 기다리는 중
lab-phase-ended = 끝남
lab-phase-failed = 실패
lab-phase-watching = 지켜보는 중
lab-kind-demo = 데모
lab-kind-measurement = 측정 중
lab-kind-external = 지켜보는 중
lab-trouble-no-lanes = 열 수 있는 레인이 없습니다. 레인을 하나 이상 고르거나, 실험실을 연 다른 탭을 닫아 주세요.
lab-trouble-none-opened = 10초 안에 열린 레인이 없습니다. 서버가 실행 중인지 확인해 주세요.
lab-trouble-refused = 계속할 수 없었습니다: { $reason }

# Controls
lab-controls = 측정 설정
lab-presets = 프리셋
lab-preset-mail-check = 메일 확인
lab-preset-notifications = 알림
lab-preset-news-ticker = 뉴스 속보
lab-preset-stock-prices = 주식 시세
lab-preset-chat = 채팅
lab-preset-trading = 트레이딩
lab-field-rate = 빈도
lab-field-payload = 페이로드
lab-field-interval = 폴링 간격
lab-field-wait = 대기 시간
lab-wait-tip = 서버가 롱 폴링 요청의 응답을 미룰 수 있는 시간입니다. 그동안 이벤트가 없으면 빈 응답을 보내고 브라우저가 다시 요청합니다.
lab-field-duration = 측정 시간
lab-field-seed = 시드
lab-unit-rate = 개/초
lab-unit-payload = B
lab-unit-interval = 초
lab-unit-wait = 초
lab-unit-duration = 초
lab-out-of-range = { $least }~{ $most }
lab-whole-out-of-range = { $least }~{ $most } 사이의 정수
lab-further = 설정 더 보기
lab-arrivals = 이벤트 도착
lab-arrivals-poisson = 무작위(푸아송)
lab-arrivals-even = 일정한 간격
lab-commensurate = ⚠ 일정한 간격으로 도착하는 이벤트는 폴링 간격의 같은 { $places }곳에서만 되풀이해 만납니다. 그래서 폴링의 지연 시간은 운에 달려 있습니다. 무작위 도착을 고르면 피할 수 있습니다.
lab-lanes = 레인
lab-server-fn-lanes = Leptos 서버 함수
lab-server-fn-tip = 같은 로그를 프레임워크가 제공하는 전송 방식으로 읽습니다. 지연 시간에 디코딩이 포함되며, 서버 CPU 가운데 얼마를 쓰는지는 따로 알 수 없습니다.
lab-measure = { $seconds }초 측정
lab-pause = 일시 정지
lab-resume = 계속
lab-stop = 중지
lab-demo = 데모
lab-progress-label = 진행
lab-progress = { $now } / { $all }초
lab-progress-open = { $now }초

# A lane
lab-strip = 모든 레인
lab-hint-polling = { $seconds }초마다 요청
lab-hint-long-polling = 서버가 요청을 붙잡아 둠
lab-hint-sse = 끝나지 않는 응답 하나
lab-hint-websocket = 소켓 하나로 양방향
lab-hint-server-fn-polling = { $seconds }초마다 호출
lab-hint-server-fn-long-polling = 서버가 호출을 붙잡아 둠
lab-hint-server-fn-websocket = 양방향 스트림
lab-state-connecting = 연결하는 중…
lab-state-retrying = 끊김, 다시 시도하는 중…
lab-state-failed = 실패
lab-state-late = 열리지 않음
lab-state-left-out = 열지 않음
lab-trouble-left-out = 열지 않았습니다. 브라우저가 한 서버에 열 수 있는 연결은 모든 탭을 합쳐 여섯 개이고, 이 레인을 열면 마지막 두 개 가운데 하나를 쓰게 됩니다. 실험실을 연 다른 탭을 닫거나 레인 수를 줄여 주세요.
lab-trouble-late = 10초가 지나도 열리지 않아 이 레인은 빠집니다. { $reason }
lab-trouble-failed = 이 레인은 계속할 수 없었습니다: { $reason }
lab-p50-tip = 지연 시간의 중앙값입니다. 이벤트의 절반은 이보다 빨리, 절반은 늦게 왔습니다. 옆의 값은 95 % 신뢰 구간입니다.
lab-sse-tip = 서버 전송 이벤트입니다. 브라우저가 한 번 요청하면 응답이 끝나지 않고, 서버가 이벤트를 그 응답에 이어 씁니다.
lab-interval = (95 %: { $low }~{ $high })
lab-too-few = n = { $n }: 아직 p50 없음
lab-delivered = 받음
lab-ledger = 유실 · 중복 · 순서 바뀜
lab-requests = 요청 · 헛된 요청
lab-p95-max = p95 · 최대
lab-more-figures = 수치 더 보기
lab-reconnects = 재연결
lab-skipped = 건너뛴 폴링
lab-gaps = 누락 구간 알림
lab-n = 측정한 지연 시간
lab-latest = 가장 최근
lab-text = 최근 내용
lab-numbers-lost = 유실: { $numbers }.
lab-numbers-duplicated = 중복: { $numbers }.
lab-numbers-reordered = 순서 바뀜: { $numbers }.
lab-numbers-more = { " " }외 { $n }건
lab-how-polling = 브라우저가 일정한 간격으로 묻고, 그사이 쌓인 이벤트를 받습니다.
lab-how-long-polling = 서버는 이벤트가 생길 때까지 응답을 미루고, 응답을 받은 브라우저는 다시 요청합니다.
lab-how-sse = 끝나지 않는 응답 하나에 서버가 이벤트를 계속 이어 씁니다.
lab-how-websocket = 소켓 하나를 열어 두고, 서버가 이벤트를 프레임으로 보냅니다.
lab-how-server-fn-polling = Leptos 서버 함수(GET)로 하는 폴링입니다.
lab-how-server-fn-long-polling = Leptos 서버 함수(GET)로 하는 롱 폴링입니다.
lab-how-server-fn-websocket = WebSocket으로 양방향 스트림을 주고받는 Leptos 서버 함수입니다.
lab-how-more = 동작 원리

# The sequence diagram
lab-diagram = { $name }: 최근 몇 초 동안 브라우저와 서버 사이에 오간 것을 그린 시퀀스 다이어그램. 같은 내용의 수치는 아래 표에 있습니다.
lab-rail-browser = 브라우저
lab-rail-server = 서버
lab-axis = { $seconds }초
lab-legend-request = 요청 또는 핸드셰이크
lab-legend-event = 이벤트(×n: n개를 하나로 그림)
lab-legend-empty = 빈 응답
lab-legend-hold = 열어 둔 동안
lab-legend-dot = 이벤트가 생긴 때
lab-legend-wait = 서버에서 기다림
lab-legend-cut = 연결 끊김 또는 빠진 구간
lab-legend-half-trip = 시간은 아래로 흐르고 모든 레인의 눈금은 같습니다. 요청을 보낸 때, 응답을 받은 때, 이벤트가 생긴 때는 잰 값입니다. 요청이 서버에 닿은 때와 빈 응답이나 늦은 응답이 서버를 떠난 때는 알 수 없으므로, 가장 짧은 왕복 시간의 절반이 걸린다고 가정합니다.

# The visitor's own
lab-publish = 모든 레인으로 보내 보기
lab-publish-text = 입력한 내용이 레인들이 읽고 있는 토픽의 이벤트가 됩니다.
lab-publish-label = 발행할 내용
lab-publish-example = 안녕하세요
lab-publish-button = 발행
lab-publish-sending = 발행하는 중…
lab-publish-done = 이벤트 { $seq }번으로 발행했습니다.
lab-publish-refused = 발행하지 못했습니다. { $reason }
lab-external = 다른 토픽 지켜보기
lab-external-text = 레인들이 지금부터 원하는 토픽을 읽습니다. 그 토픽에는 어디서든 발행할 수 있습니다.
lab-external-label = 토픽
lab-external-button = 지켜보기
lab-external-stop = 데모로 돌아가기
lab-external-wrong = 토픽 이름은 a~z, 0~9, 하이픈으로 된 1~64자입니다.

# The table
lab-table = 나란히 보기
lab-table-caption = 지금 실행에서 고른 레인 전체
lab-table-figure = 항목
lab-row-p50 = 지연 시간 p50
lab-row-p50-unit = ms, 95 % 구간
lab-row-p95 = 지연 시간 p95
lab-row-max = 지연 시간 최대
lab-row-ms = ms
lab-row-delivered = 받은 이벤트
lab-row-events = 개
lab-row-http = HTTP 요청 수
lab-row-times = 회
