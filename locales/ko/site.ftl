# What every page has: head, header, footer, and the small pages.

site-wordmark = push⇄pull
site-description = 같은 이벤트를 HTTP 폴링, 롱 폴링, Server-Sent Events, WebSocket으로 동시에 받아 지금 이 브라우저에서 비교 측정합니다.
site-skip = 본문으로 건너뛰기
site-nav = 주 메뉴
site-footer = 모든 수치에는 정의와 오차가 있습니다.
site-footer-numbers = 수치 읽는 법
site-version = pushpull { $version }

nav-lab = 실험실

# In its own language, whatever the page is in.
language-name = 한국어
language-label = 언어
theme-label = 화면 테마
theme-system = 시스템 설정
theme-light = 밝게
theme-dark = 어둡게

not-found-title = 페이지를 찾을 수 없습니다
not-found-text = 이 주소에는 페이지가 없습니다.
not-found-home = 실험실로 가기

sign-in-title = 로그인
sign-in-text = 다른 컴퓨터에서도 접속할 수 있는 서버라서 토큰을 확인합니다. 토큰은 서버를 실행한 사람이 알고 있습니다.
sign-in-token = 토큰
sign-in-button = 로그인
sign-in-failed = 이 서버의 토큰이 아닙니다.

# A button that copies
copy-done = 복사했습니다
copy-failed = 브라우저가 복사를 허용하지 않았습니다. 페이지 아래에 있는 글을 직접 복사해 주세요.
