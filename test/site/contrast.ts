/**
 * The expressions that run in a page. They are texts of a program for the browser: no name of this file is known there.
 *
 * Contrast is WCAG 2.2's (1.4.3, level AA): 4.5 for text, 3 for text of 24 px, or of 18.66 px and bold.
 */
export const LOW_CONTRAST = `(() => {
  const parsed = (color) => {
    const [r, g, b, a = 1] = color.match(/[\\d.]+/g).map(Number);
    return [r, g, b, a];
  };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  const light = (color) => {
    const [r, g, b] = color.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const backgrounds = new Map();
  const background = (element) => {
    if (element === null) return matchMedia('(prefers-color-scheme: dark)').matches ? [18, 18, 18, 1] : [255, 255, 255, 1];
    if (!backgrounds.has(element)) {
      const own = parsed(getComputedStyle(element).backgroundColor);
      backgrounds.set(element, own[3] === 1 ? own : over(own, background(element.parentElement)));
    }
    return backgrounds.get(element);
  };
  const low = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    if (node.data.trim() === '' || element.closest('script, style, svg') !== null || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const back = background(element);
    const [a, b] = [light(over(parsed(style.color), back)), light(back)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) low.add(ratio.toFixed(2) + ' ' + style.color + ' on ' + back + ': ' + node.data.trim().slice(0, 40));
  }
  return [...low];
})()`;

/** By how many pixels a page is wider than its window. */
export const OVERFLOW = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';

/** A text of each page has to be there before it is looked at: the page hides itself until its script has run. */
export const SHOWN = `new Promise((done) => {
  const look = () => (getComputedStyle(document.body).display === 'none' ? setTimeout(look, 5) : done(true));
  look();
})`;
